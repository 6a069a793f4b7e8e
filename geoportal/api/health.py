"""`/health`: whether the portal works, and each process by name."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from layers.runs import Run


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
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "does not answer"}, status=503)
    return JsonResponse(
        {
            "status": "ok",
            "time": now().isoformat(),
            "database": {"postgis": postgis},
            "worker": {"jobs_waiting": waiting, "runs_running": running},
        },
        headers={"Cache-Control": "no-store"},
    )
