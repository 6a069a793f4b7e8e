"""Pages of runs of photos: bringing one in after a dry run, its report, correcting the clock, taking it back."""

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from geoportal.uploads.files import Upload
from geoportal.web.photos import orders
from geoportal.web.photos.words import FLAGS
from ingest.photos.storing import store_run
from ingest.source import Request
from ingest.tasks import ingest_run
from layers.city import city
from layers.feed.versions import VERSIONS
from layers.kinds.photo_runs import PhotoRunTrack
from layers.kinds.street_photos import StreetPhoto
from layers.media.models import Medium, PhotoRun, RunFile
from layers.media.publication import publish
from layers.media.review import decide
from layers.runs.models import Run
from tests.geoportal.logins import account
from tests.ingest.photos.painting import Drive, paint
from tests.layers.media.photos import blur, photo_run, stored_photo

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = Drive(datetime(2026, 5, 4, 10, 0, tzinfo=UTC), photos=5, late_s=6, size=(160, 120))


@pytest.fixture
def inbox(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.PHOTO_INBOX = str(tmp_path / "inbox")
    settings.TILE_VERSION_SECONDS = 0.0
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def editor(inbox) -> Client:
    client = Client()
    client.force_login(account("editors"))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(f"{address}?lang=en")
    assert answer.status_code == 200, answer.status_code
    assert answer["Cache-Control"] == "private, no-store"
    return str(answer.content.decode())


def send(client: Client, **form: Any) -> str:
    """Send the form of the list; returns the address of the order."""
    answer = client.post("/photos/", form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return str(answer["Location"])


def brought_in(client: Client, inbox: Path) -> str:
    """Bring the small drive in; returns the address of its page."""
    paint(SMALL, inbox / "may")
    order = send(client, item="may", name="May drive", author="City of Kielce")
    stored = client.post(order, {"do": "store"}, follow=True)
    assert stored.redirect_chain[-1][0] == "/photos/runs/may/", stored.content.decode()[-3000:]
    return "/photos/runs/may/"


def test_a_run_of_the_inbox_is_tried_then_stored_and_reported(editor, inbox):
    paint(SMALL, inbox / "may")
    (inbox / "may" / "broken.jpg").write_bytes(b"no picture")
    assert "may (0.1 MB)" in page(editor, "/photos/")
    order = send(editor, item="may", name="May drive", author="City of Kielce")
    tried = page(editor, order)
    assert "New on the map: 5 photos" in tried and "broken.jpg" in tried
    assert not PhotoRun.objects.exists() and not Medium.objects.exists() and not StreetPhoto.objects.exists()
    editor.post(order, {"do": "store"})
    assert StreetPhoto.objects.current().count() == 5
    report = page(editor, "/photos/runs/may/")
    assert (
        "May drive" in report and "Painted Lens" in report and "City of Kielce" in report and "broken.jpg" in report
    )
    # 5 photos, 8 m apart every 2 s: a clock 6 s late is 24 m away from the track.
    assert "off by 6\u00a0s" in report and "24\u00a0m → 0\u00a0m (5 photos)" in report
    VERSIONS.refresh(force=True)
    listed = page(editor, "/photos/")
    assert "May drive" in listed and "4 May 2026" in listed


def test_a_large_run_is_tried_and_stored_by_jobs(editor, inbox, monkeypatch):
    monkeypatch.setattr(orders, "AT_ONCE_BYTES", 0)
    paint(SMALL, inbox / "may")
    order = send(editor, item="may")
    assert "The photos are being read" in page(editor, order)
    assert editor.get(f"{order}state.json").json()["ended"] is False
    orders.try_photos.call(Upload.objects.get().pk)
    assert editor.get(f"{order}state.json").json()["ended"] is True
    assert "New on the map: 5 photos" in page(editor, order)
    editor.post(order, {"do": "store"})
    assert "Waiting for its turn" in page(editor, order) and not StreetPhoto.objects.exists()
    run = Run.objects.get(status="queued")
    assert (run.account, run.parameters["run"]) == ("editors", "may")
    ingest_run.call(run.pk)
    assert editor.get(order)["Location"] == "/photos/runs/may/"
    assert StreetPhoto.objects.current().count() == 5


def test_a_sent_archive_is_brought_in_and_its_file_is_forgotten(editor, inbox, tmp_path):
    folder = paint(SMALL, tmp_path / "painted")
    archive = tmp_path / "drive.zip"
    with zipfile.ZipFile(archive, "w") as sink:
        for one in sorted(folder.iterdir()):
            sink.write(one, one.name)
    sent = SimpleUploadedFile("drive.zip", archive.read_bytes(), "application/zip")
    order = send(editor, file=sent, run="spring")
    editor.post(order, {"do": "store"})
    assert StreetPhoto.objects.current().filter(photo_run="spring").count() == 5
    assert not Upload.objects.get().data.is_dir()


def test_the_suggested_clock_offset_is_applied_and_taken_back(editor, inbox):
    address = brought_in(editor, inbox)
    first = StreetPhoto.objects.current().get(number=0)
    assert first.taken_at == datetime(2026, 5, 4, 9, 59, 54, tzinfo=UTC)
    editor.post(address, {"do": "correct", "clock_offset": "6.0"})
    assert StreetPhoto.objects.current().get(number=0).taken_at == SMALL.start
    assert PhotoRunTrack.objects.current().get().clock_offset_s == 6.0
    corrected = page(editor, address)
    assert "The correction in use is 6\u00a0s" in corrected and "indexed again" in corrected
    latest = Run.objects.filter(kind="ingest").latest("pk")
    editor.post(address, {"do": "back", "run": str(latest.pk)})
    assert StreetPhoto.objects.current().get(number=0).taken_at == first.taken_at
    assert "taken back" in page(editor, address)
    first_run = Run.objects.filter(kind="ingest").earliest("pk")
    editor.post(address, {"do": "back", "run": str(first_run.pk)})
    assert not StreetPhoto.objects.current().exists() and "not on the map" in page(editor, "/photos/")


def test_a_run_of_invented_pictures_is_corrected_in_its_own_dataset(editor, inbox, tmp_path):
    folder = paint(SMALL, tmp_path / "demo")
    store_run(Request(folder, {"run": "demo"}, city(), tmp_path, lambda done, total: None), synthetic=True)
    editor.post("/photos/runs/demo/", {"do": "correct", "clock_offset": "6"})
    row = StreetPhoto.objects.current().select_related("dataset").get(number=0)
    assert (row.taken_at, row.dataset.slug, row.dataset.synthetic) == (SMALL.start, "demo_photos", True)
    assert "invented" in page(editor, "/photos/runs/demo/")


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ({"item": "../outside"}, "The inbox has no such folder"),
        ({"item": "none"}, "The inbox has no such folder"),
        ({}, "Choose either a file or something from the inbox."),
        ({"item": "may", "clock_offset": "soon"}, "must be a number"),
        ({"item": "---"}, "Give the run a short name"),
    ],
)
def test_a_wrong_order_is_one_clear_line(editor, inbox, form, line):
    (inbox / "may").mkdir()
    (inbox / "---").mkdir()
    answer = editor.post("/photos/?lang=en", form)
    assert answer.status_code == 400 and line in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_folder_without_photos_is_refused_by_its_dry_run(editor, inbox):
    (inbox / "empty").mkdir()
    (inbox / "empty" / "notes.txt").write_text("nothing")
    tried = page(editor, send(editor, item="empty"))
    assert "There are no photos in it" in tried and "Bring the run in" not in tried


def test_an_order_is_its_accounts_own_and_no_upload_of_geodata(editor, inbox):
    paint(SMALL, inbox / "may")
    order = send(editor, item="may")
    other = Client()
    other.force_login(account("inspectors"))
    assert other.get(order).status_code == 404
    token = order.rstrip("/").rpartition("/")[2]
    assert editor.get(f"/uploads/{token}/").status_code == 404
    assert token not in editor.get("/uploads/").content.decode()
    editor.post(order, {"do": "remove"})
    assert not Upload.objects.exists()


def test_a_run_whose_pictures_are_public_is_not_taken_back(editor, inbox):
    address = brought_in(editor, inbox)
    medium = Medium.objects.earliest("pk")
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish(Medium.objects.filter(pk=medium.pk))
    run = Run.objects.filter(source="photo_scan").latest("pk")
    answer = editor.post(f"{address}?lang=en", {"do": "back", "run": str(run.pk)})
    assert answer.status_code == 409 and "Pictures of this run are public" in answer.content.decode()
    assert StreetPhoto.objects.current().count() == 5


def test_pictures_without_a_place_are_listed_with_what_to_do_and_their_decision_is_taken_back(editor, inbox):
    address = brought_in(editor, inbox)
    medium, raw = Medium.objects.order_by("pk")[:2]
    placed = Medium.objects.latest("pk")
    Medium.objects.update(examined_at=now())
    assert "without a place" not in page(editor, address)
    StreetPhoto.objects.filter(picture__in=[str(medium.key), str(raw.key)]).delete()
    decide(medium, "release", "reviewer")
    blur(medium)
    assert publish(Medium.objects.all()) == 0
    text = page(editor, address)
    assert "Pictures without a place: 2" in text and "approved, waits for a place" in text
    assert str(medium.key) in text and str(raw.key) not in text and str(placed.key) not in text
    assert "bring them in again as" in text
    review = {key: editor.get(f"/photos/review/{key}.json").json()["picture"] for key in (medium.key, placed.key)}
    assert (review[medium.key]["placed"], review[placed.key]["placed"]) == (False, True)
    assert editor.post(address, {"do": "reopen", "picture": str(medium.key)}).status_code == 302
    medium.refresh_from_db()
    assert (medium.state, medium.approved_at) == ("raw", None)
    assert [one.account for one in medium.decisions.all()[:1]] == ["editors"]
    for wrong in (str(medium.key), "x", str(stored_photo("blue", run="other").key)):
        assert editor.post(address, {"do": "reopen", "picture": wrong}).status_code == 409


def test_the_author_of_a_stored_run_is_set_later(editor, inbox):
    address = brought_in(editor, inbox)
    editor.post(address, {"do": "correct", "clock_offset": "", "mount_offset": "", "author": "City of Kielce"})
    assert PhotoRunTrack.objects.current().get().author == "City of Kielce"
    editor.post(address, {"do": "correct", "clock_offset": "2", "author": ""})
    track = PhotoRunTrack.objects.current().get()
    assert (track.author, track.clock_offset_s) == ("City of Kielce", 2.0)


def test_invented_runs_that_gave_way_to_a_real_one_are_explained(editor, inbox):
    photo_run("painted")
    PhotoRun.objects.filter(slug="painted").update(synthetic=True)
    assert "gave way" not in page(editor, "/photos/")
    brought_in(editor, inbox)
    assert "gave way to real runs" in page(editor, "/photos/")
    assert "invented runs give way" in page(editor, "/photos/runs/painted/")


def test_every_reason_against_a_file_has_words():
    reasons = {
        found
        for module in (settings.BASE_DIR / "ingest" / "photos").glob("*.py")
        for found in re.findall(r'UnusablePhoto\(.*, "([a-z_]+)"\)', module.read_text())
    }
    assert {"not_a_picture", "empty", "damaged"} <= reasons <= set(FLAGS)


def test_the_history_of_the_public_layer_names_releases(editor, inbox):
    medium = stored_photo("red")
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish(Medium.objects.all())
    VERSIONS.refresh(force=True)
    text = page_of_layer(Client())
    assert "Pictures released or withdrawn" in text and "Edited by hand" not in text
    assert "http://testserver/stac/" in text


def page_of_layer(client: Client) -> str:
    return str(client.get("/catalogue/street_photos_released/?lang=en").content.decode())


def test_pages_are_linked_for_those_who_may_only(editor, inbox):
    planner = Client()
    planner.force_login(account("planners"))
    assert planner.get("/photos/").status_code == 403 and 'href="/photos/"' not in planner.get("/").content.decode()
    assert 'href="/photos/"' in editor.get("/").content.decode()


def test_the_list_of_runs_has_a_fixed_number_of_queries(editor, inbox, django_assert_max_num_queries):
    stored_photo("red", run="a")
    editor.get("/photos/")
    for n in range(5):
        RunFile.objects.create(photo_run=photo_run(f"r{n}"), name="a.jpg", size=1, mark="1", number=0, reason="empty")
    with django_assert_max_num_queries(8):
        editor.get("/photos/")


def test_a_released_picture_has_a_page_without_scripts(inbox):
    medium = stored_photo("red", taken_at=SMALL.start)
    Medium.objects.update(examined_at=now())
    decide(medium, "release", "reviewer")
    blur(medium)
    publish(Medium.objects.all())
    key = Medium.objects.get().released_key
    VERSIONS.refresh(force=True)
    text = page(Client(), f"/pictures/{key}/")
    assert f'src="/pictures/{key}/screen.jpg"' in text and "looking to the east" in text and "CC-BY-4.0" in text
    assert f"/pictures/{key}/removal/" in text and str(medium.key) not in text
    assert f'href="/stac/collections/{PhotoRun.objects.get().slug}/photos.gpkg"' in text
    unknown = Client().get("/pictures/6f1f7c2e-0000-4000-8000-000000000000/")
    hidden = Client().get(f"/pictures/{medium.key}/")
    assert hidden.status_code == unknown.status_code == 404
