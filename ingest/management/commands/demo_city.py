"""`manage.py demo_city`: load the invented city; short for `ingest demo_city`."""

import argparse
from typing import Any

from ingest.management.commands.ingest import Command as IngestCommand


class Command(IngestCommand):
    help = "Load the synthetic demo city (deterministic; a second run changes nothing)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--scale", type=float, default=1.0, help="times the buildings on the same ground")
        parser.add_argument("--seed", type=int, default=2661011)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        values = {"scale": str(options["scale"]), "seed": str(options["seed"]), "allow_close": "100%"}
        self.run_order("demo_city", None, values, options)
