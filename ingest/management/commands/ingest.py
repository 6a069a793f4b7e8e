"""`manage.py ingest SOURCE [PATH]`: bring data in from a terminal."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from ingest.pipeline import Order, ingest
from ingest.sources import SOURCES
from layers.errors import LayersError
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.runs.models import Rejection, Run


class Command(BaseCommand):
    help = "Bring data in through a source. Exit 0: committed. Exit 2: nothing was stored, with one line why."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments, and below them the options of each source."""
        parser.epilog = "Options of the sources, as K=V: " + "; ".join(
            f"{one.slug}: {', '.join(sorted(one.options))}" for one in SOURCES.values() if one.options
        )
        parser.add_argument("source", help=f"one of {', '.join(sorted(SOURCES))}")
        parser.add_argument("path", nargs="?", type=Path, help="file or folder to read")
        parser.add_argument("--option", action="append", default=[], metavar="K=V", help="may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
        parser.add_argument("--rejections", type=Path, metavar="FILE", help="write rejections to a CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        order_options = dict(_pair(text) for text in options["option"])
        self.run_order(options["source"], options["path"], order_options, options)

    def run_order(self, source: str, path: Path | None, values: dict[str, str], options: dict[str, Any]) -> None:
        """Run the order and print the result."""
        started = time.monotonic()
        with tqdm(unit=" objects", disable=not sys.stderr.isatty(), leave=False) as bar:

            def progress(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            order = Order(source, path, values, options["dry_run"], progress)
            try:
                run = ingest(order)
            except (LayersError, DatabaseError) as fault:
                raise CommandError(" ".join(str(fault).split()), returncode=2) from fault
            except KeyboardInterrupt:
                raise CommandError("Stopped; nothing was stored.", returncode=2) from None
            finally:
                if options.get("rejections"):
                    _export(order.rejections, options["rejections"])
        self._report(run, time.monotonic() - started, options["json"])

    def _report(self, run: Run, seconds: float, as_json: bool) -> None:
        for note in run.details.get("notes", []):
            self.stdout.write(f"note: {note}")
        summary = run.summary()
        kind = "run" if run.pk else "dry run, nothing written"
        self.stdout.write(
            f"{run.source} ({kind} {run.pk or ''}): "
            + ", ".join(f"{name} {summary[name]}" for name in ("read", "stored", "unchanged", "closed", "rejected"))
            + f", {seconds:.1f} s"
        )
        for reason, count in sorted(run.details.get("reasons", {}).items()):
            self.stdout.write(f"  objects rejected as {reason}: {count}")
        for reason, count in sorted(run.details.get("value_reasons", {}).items()):
            self.stdout.write(f"  values left out as {reason}: {count}")
        if as_json:
            self.stdout.write(
                json.dumps(summary | {"seconds": round(seconds, 2), "reasons": run.details.get("reasons")})
            )


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise CommandError(f"--option {text}: write it as name=value.", returncode=2)
    return name, value


def _export(rejections: list[Rejection], path: Path) -> None:
    head = ["kind", "row", "source_id", "severity", "reason", "field", "value", "message"]
    rows = [[getattr(one, name) for name in head] for one in rejections]
    path.write_bytes((BYTE_ORDER + csv_text([head, *rows])).encode())
