"""`manage.py demo_photos`: simulated drives through the demo city, of which some are reviewed and released."""

import argparse
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from geoportal.photos.releasing import release_approved
from layers.media.models import Decision, Medium
from layers.media.review import decide

RELEASED = ("przejazd-2025", "spacer-360-2026")
"""The third drive waits for its reviewer."""
ACCOUNT, REASON = "demo", "A painted picture without people, released for the demonstration."


class Command(BaseCommand):
    help = "Load the demo's photo runs, painted and marked as invented, and release two of them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--photos", type=int, metavar="N", help="at most so many photos of each drive")

    def handle(self, *args: Any, **options: Any) -> None:
        most = ["--option", f"photos={options['photos']}"] if options["photos"] else []
        call_command("ingest", "demo_photos", *most, stdout=self.stdout)
        drives = Medium.objects.filter(synthetic=True, in_runs__photo_run__slug__in=RELEASED).distinct()
        drives.filter(examined_at=None).update(examined_at=now())
        waiting = drives.filter(state=Medium.State.RAW, approved_at=None, decisions=None).order_by("pk")
        for medium in list(waiting):
            decide(medium, Decision.Verdict.RELEASE, ACCOUNT, REASON)
        done = release_approved(seconds=float("inf"))
        self.stdout.write(
            f"{done.count} painted pictures released; those of the other drive wait at /photos/review/."
        )
