"""Large uploads are jobs, which survive a kill and can be cancelled; a form sent twice stores once; old files go."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from geoportal.uploads.files import Upload
from geoportal.uploads.trying import try_upload
from ingest.tasks import ingest_run
from layers.kinds import KINDS
from layers.planner.declarations import PlannerLayer
from layers.runs.models import Run
from layers.tasks import look_after_runs
from tests.geoportal.uploads.conftest import HTML, NEW_LAYER, SLUG, address, counts, faulty, sent, tried

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_large_upload_is_tried_and_stored_as_jobs_and_taken_up_again_after_a_kill(planner, settings):
    settings.UPLOAD_FEATURES_AT_ONCE = 5
    upload = sent(planner, faulty())
    page = tried(planner, upload, NEW_LAYER)
    assert "data-upload-state" in page and planner.get(address(upload, "state.json")).json()["ended"] is False
    try_upload.call(upload.pk)
    assert planner.get(address(upload, "state.json")).json()["ended"] is True
    planner.post(address(upload, "trial/"), **HTML)
    run = Run.objects.get()
    assert run.status == Run.Status.QUEUED and run.account == "planners"
    assert "data-upload-state" in planner.get(address(upload, "result/"), **HTML).content.decode()
    silent = now() - timedelta(minutes=5)  # as after its worker was killed
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, heartbeat_at=silent, created_at=silent)
    assert look_after_runs.call() == 1
    ingest_run.call(run.pk)
    page = planner.get(address(upload, "result/"), **HTML).content.decode()
    assert counts(page)["added"] == 11 and not upload.folder.exists()


def test_a_cancelled_job_leaves_no_layer_and_the_file_for_another_try(planner, settings):
    settings.UPLOAD_FEATURES_AT_ONCE = 5
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    try_upload.call(upload.pk)
    planner.post(address(upload, "trial/"), **HTML)
    assert PlannerLayer.objects.count() == 1
    planner.post(address(upload, "result/"), {"do": "cancel"}, **HTML)
    ingest_run.call(Run.objects.get().pk)
    page = planner.get(address(upload, "result/"), follow=True, **HTML).content.decode()
    assert "nic nie zapisano" in page.lower()
    assert not PlannerLayer.objects.exists() and upload.has_files and SLUG not in KINDS


def test_storing_interrupted_for_the_last_time_has_ended(planner, settings):
    settings.UPLOAD_FEATURES_AT_ONCE = 5
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    try_upload.call(upload.pk)
    planner.post(address(upload, "trial/"), **HTML)
    Run.objects.update(status=Run.Status.INTERRUPTED, attempt=2)
    assert planner.get(address(upload, "state.json")).json()["ended"] is False
    Run.objects.update(attempt=3)
    assert planner.get(address(upload, "state.json")).json()["ended"] is True
    page = planner.get(address(upload, "result/"), follow=True, **HTML).content.decode()
    assert "Zapis przerywał się kilka razy" in page and "data-upload-state" not in page
    assert upload.has_files and not PlannerLayer.objects.exists()


def test_uploads_of_more_than_a_week_ago_are_gone(planner, settings):
    old = sent(planner, faulty())
    Upload.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=8))
    sent(planner, faulty())
    assert not old.folder.exists() and not Upload.objects.filter(pk=old.pk).exists()


def test_a_form_sent_twice_stores_once(planner):
    upload = sent(planner, faulty())
    tried(planner, upload, NEW_LAYER)
    with upload.claimed():
        refused = planner.post(address(upload, "trial/"), **HTML)
        assert refused.status_code == 409 and "Zapis już trwa" in refused.content.decode()
    for _ in range(2):
        planner.post(address(upload, "trial/"), **HTML)
    assert Run.objects.count() == 1 and PlannerLayer.objects.count() == 1
