"""`/health`: the state of the portal and of each process."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from analysis.running.runner import last_standing
from analysis.studies import STUDIES
from analysis.study import Study
from layers.jobs.processes import ProcessState, states
from layers.runs.models import Run

OF_BROKER = ("broker", "listener", "publisher")


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 only when the database answers; otherwise 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT postgis_lib_version()")
            (postgis,) = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'READY'")
            (waiting,) = cursor.fetchone()
        running = Run.objects.filter(status=Run.Status.RUNNING).count()
        processes = [described(one) for one in states(process_names())]
        studies = {slug: state_of(study) for slug, study in STUDIES.items()}
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "does not answer"}, status=503)
    return JsonResponse(
        {
            "status": "ok",
            "time": now().isoformat(),
            "database": {"postgis": postgis},
            "worker": {"jobs_waiting": waiting, "runs_running": running},
            "processes": processes,
            "studies": studies,
        },
        headers={"Cache-Control": "no-store"},
    )


def process_names() -> list[str]:
    """Names of all processes of a portal, as in the Procfile; those of MQTT where Mosquitto is installed."""
    workers = (f"worker-{queue}" for queue in settings.TASKS["default"]["QUEUES"])
    return ["web", *workers, "schedule", *(OF_BROKER if settings.MOSQUITTO else ())]


def described(process: ProcessState) -> dict[str, Any]:
    """A process' name and state (up, dead or missing), seconds since its last heartbeat, and its current job."""
    return {
        "name": process.name,
        "state": process.state,
        "beat_seconds": process.beat_seconds,
        "started": process.started_at and process.started_at.isoformat(),
        "job": process.job or None,
        "job_seconds": process.job_seconds,
    }


def state_of(study: Study) -> dict[str, Any]:
    """When the study's published result was computed, and its queued and running runs."""
    last = last_standing(study)
    open_runs = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug)
    return {
        "computed": last.finished_at.isoformat() if last and last.finished_at else None,
        "queued": open_runs.filter(status=Run.Status.QUEUED).count(),
        "running": open_runs.filter(status=Run.Status.RUNNING).count(),
    }
