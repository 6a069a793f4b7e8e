"""`manage.py rollback_run RUN`: roll back a committed run by a new run."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.errors import LayersError
from layers.store.rollback import rollback_run


class Command(BaseCommand):
    help = (
        "Roll back a committed run by a new run. Every refusal exits 2 with one line that gives the reason; "
        "of features that later runs changed it lists at most five."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = rollback_run(options["run"])
        except LayersError as fault:
            raise CommandError(str(fault), returncode=2) from fault
        summary = made.summary()
        self.stdout.write(f"Run {options['run']} was taken back by run {made.pk}.")
        if options["json"]:
            self.stdout.write(json.dumps(summary))
