"""Creates one demo account for each group, with a password that is printed once."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction

from geoportal.accounts.roles import ROLES


class Command(BaseCommand):
    help = "Makes an account for each group, with a generated password that is printed once. Existing ones stay."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the accounts that are missing."""
        for role in ROLES:
            password = secrets.token_urlsafe(12)
            with transaction.atomic():
                user, made = get_user_model().objects.get_or_create(username=role.account)
                if made:
                    user.set_password(password)
                    user.save()
                    user.groups.add(Group.objects.get(name=role.group))
            words = f"password {password}" if made else "was made before"
            self.stdout.write(f"{role.account:<9} ({role.title.en}): {words}")
        self.stdout.write("Log in at /accounts/login/; another password: manage.py changepassword NAME")
