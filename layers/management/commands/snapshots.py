"""`manage.py snapshots [LAYER…]`: take dated snapshots of open layers now."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.access.rules import open_kinds
from layers.snapshots.taking import take_now


class Command(BaseCommand):
    help = "Take dated snapshots of the named open layers, of all without a name. Today's earlier ones are replaced."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("layers", nargs="*", metavar="LAYER")

    def handle(self, *args: Any, **options: Any) -> None:
        kinds = {kind.slug: kind for kind in open_kinds()}
        unknown = [slug for slug in options["layers"] if slug not in kinds]
        if unknown:
            raise CommandError(f"No open layers: {', '.join(unknown)}; there are: {', '.join(kinds)}.", returncode=2)
        for slug in options["layers"] or kinds:
            for snapshot in take_now([kinds[slug]]):
                size = sum(file.size for file in snapshot.files.all())
                self.stdout.write(f"{slug}: {snapshot.rows} objects of {snapshot.day}, {size / 1e6:.1f} MB")
