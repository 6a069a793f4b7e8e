"""`manage.py run_study STUDY`: compute a study from a terminal."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from shapely.geometry.base import BaseGeometry

from analysis.errors import BadParameter
from analysis.parameters import AREA
from analysis.running.private import promote
from analysis.running.runner import StudyOrder, run_study, standing_is_due
from analysis.studies import STUDIES
from layers.errors import LayersError


class Command(BaseCommand):
    help = (
        "Compute a study. Its published layers are brought up to date; with --private only a link opens the result."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("study", nargs="?", default="", metavar="STUDY", help="slug of the study")
        parser.add_argument("--all", action="store_true", help="bring the published result of every study up to date")
        parser.add_argument("--param", action="append", default=[], metavar="name=value", help="may be repeated")
        parser.add_argument("--private", action="store_true", help="keep the result apart; try other parameters")
        parser.add_argument("--area", type=Path, metavar="FILE", help="GeoJSON area (lon, lat) of a private run")
        parser.add_argument("--full", action="store_true", help="compute everything, not only what changed")
        parser.add_argument("--promote", metavar="TOKEN", help="make a private result's parameters the standing ones")
        parser.add_argument("--dry-run", action="store_true", help="compute and report, store nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line of output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"]:
            self._bring_all_up_to_date(options)
            return
        began = time.monotonic()
        try:
            run = run_study(self._order(options))
        except LayersError as fault:
            if options["json"]:
                self.stdout.write(json.dumps({"run": None, "study": options["study"], "error": str(fault)}))
            raise CommandError(str(fault), returncode=2) from fault
        seconds = round(time.monotonic() - began, 1)
        if options["json"]:
            details = {name: run.details[name] for name in ("scope", "token", "summary") if name in run.details}
            self.stdout.write(json.dumps(run.summary() | details | {"seconds": seconds}, ensure_ascii=False))
            return
        counts = f"read {run.read}, stored {run.stored}, unchanged {run.unchanged}, closed {run.closed}"
        self.stdout.write(f"{run.source} (run {run.pk or 'dry'}): {counts}, {run.details['scope']}, {seconds} s")
        if "token" in run.details and not options["dry_run"]:
            self.stdout.write(f"private result: /studies/{run.source}/results/{run.details['token']}/")

    def _bring_all_up_to_date(self, options: dict[str, Any]) -> None:
        for slug, study in STUDIES.items():
            if not standing_is_due(study):
                self.stdout.write(f"{slug}: nothing to compute; its result is up to date or its layers are missing")
                continue
            call_command("run_study", slug, json=options["json"], full=options["full"], stdout=self.stdout)

    def _order(self, options: dict[str, Any]) -> StudyOrder:
        study = promote(options["promote"]) if options["promote"] else options["study"]
        parameters = dict(_pair(text) for text in options["param"])
        private = options["private"] or options["area"] is not None
        if parameters and not private:
            raise BadParameter(
                "Parameters are tried with --private; --promote TOKEN then makes them the standing ones."
            )
        quiet = options["json"] or not sys.stderr.isatty()
        return StudyOrder(
            study,
            parameters,
            private=private,
            area=_area(options["area"]) if options["area"] else None,
            full=options["full"],
            dry_run=options["dry_run"],
            progress=(lambda done, total: None) if quiet else self._step,
        )

    def _step(self, done: int, total: int | None) -> None:
        self.stderr.write(f"\rstep {done} of {total}", ending="")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise BadParameter(f"--param {text}: write name=value.")
    return name, value


def _area(path: Path) -> BaseGeometry:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadParameter(f"--area {path}: {fault}; give a file with a GeoJSON polygon (lon, lat).") from fault
    return replace(AREA, name=f"--area {path}").parsed(text)
