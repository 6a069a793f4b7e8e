"""Registers this room with Django."""

from datetime import timedelta

from django.apps import AppConfig
from django.db.models import Q

from layers.jobs.registry import PeriodicJob, RunJob

QUEUED = Q(details__job=True)


class AnalysisConfig(AppConfig):
    name = "analysis"
    change_readers = ("analysis.tasks.changes_read",)
    jobs = (
        RunJob("study", "analysis.tasks.study_run", "default", QUEUED & Q(mode="private")),
        RunJob("study", "analysis.tasks.study_run", "bulk", QUEUED & Q(mode="standing")),
        RunJob("query", "analysis.queries.jobs.query_run", "default"),
        PeriodicJob("analysis.tasks.look_after_studies", "bulk", timedelta(seconds=60)),
    )
