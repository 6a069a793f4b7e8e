"""Dated snapshots over HTTP: the list, files, parts of files, conditions."""

import hashlib

import pytest
from django.utils.http import http_date

from layers.access.publication import DECISIONS, Publication
from layers.access.rules import open_kinds
from layers.kinds import kind_of
from layers.snapshots.taking import take
from tests.geoportal.logins import account

pytestmark = pytest.mark.usefixtures("small_city")


@pytest.fixture(autouse=True)
def taken(settings, tmp_path, small_city):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.PUBLICATION_SECONDS = 0.0
    return take(kind_of("buildings"))


@pytest.fixture
def address(taken):
    return f"/open-data/buildings/snapshots/{taken.day}/buildings-{taken.day}.gpkg"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def whole(taken, ending="gpkg") -> bytes:
    return taken.files.get(ending=ending).path().read_bytes()


def test_the_list_says_of_each_file_what_it_is(client, taken):
    (one,) = client.get("/open-data/buildings/snapshots.json").json()["snapshots"]
    assert (one["objects"], one["synthetic"], one["licence"]) == (3, False, "CC0-1.0")
    assert [file["format"] for file in one["files"]] == [
        "geojson", "gpkg", "csv", "parquet", "fgb", "shp.zip", "pmtiles",
    ]  # fmt: skip
    for file in one["files"]:
        answer = client.get(file["href"].removeprefix("http://testserver"))
        got = body(answer)
        assert (len(got), hashlib.sha256(got).hexdigest()) == (file["size"], file["sha256"])
        assert answer["Content-Length"] == str(file["size"])
        assert answer["Content-Type"].startswith(file["media_type"])


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=10-999999999", 10, None),
        (f"bytes=10-{'9' * 5000}", 10, None),
        (f"bytes={'0' * 5000}100-", 100, None),
    ],
)
def test_a_part_is_answered_with_206(client, taken, address, asked, start, end):
    answer, file = client.get(address, headers={"Range": asked}), whole(taken)
    part = file[start:end]
    first = len(file) + start if start < 0 else start
    assert answer.status_code == 206
    assert body(answer) == part
    assert answer["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(file)}"
    assert answer["Content-Length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_what_the_file_does_not_have_is_416(client, taken, address, asked):
    answer = client.get(address, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(whole(taken))}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=0-1", "bytes=9-1", "bytes=-", "bytes=a-b"])
def test_a_range_that_is_none_is_answered_with_the_whole_file(client, taken, address, asked):
    answer = client.get(address, headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (200, whole(taken))


def test_if_range_gives_the_part_of_the_same_file_only(client, taken, address):
    first = client.get(address)
    file = body(first)
    for same in (first["ETag"], first["Last-Modified"]):
        answer = client.get(address, headers={"Range": "bytes=0-9", "If-Range": same})
        assert (answer.status_code, body(answer)) == (206, file[:10])
    for other in ('"other"', f"W/{first['ETag']}", http_date(0), "nonsense"):
        answer = client.get(address, headers={"Range": "bytes=0-9", "If-Range": other})
        assert (answer.status_code, body(answer)) == (200, file)


def test_what_the_client_has_is_not_sent_again(client, taken, address):
    first = client.get(address)
    assert first["ETag"] == f'"{hashlib.sha256(body(first)).hexdigest()}"'
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(address, headers={"If-Match": '"other"'}).status_code == 412


def test_head_says_how_long_the_file_is(client, taken, address):
    answer = client.head(address)
    assert answer["Content-Length"] == str(len(whole(taken)))
    assert answer["Accept-Ranges"] == "bytes"


def test_latest_leads_to_the_newest_file_of_a_format(client, taken):
    answer = client.get("/open-data/buildings/snapshots/latest.shp.zip")
    assert answer.status_code == 302
    assert body(client.get(answer["Location"])) == whole(taken, "shp.zip")


@pytest.mark.parametrize(
    "path",
    [
        "/open-data/buildings/snapshots/2020-01-01/buildings-2020-01-01.gpkg",
        "/open-data/buildings/snapshots/latest.doc",
        "/open-data/roads/snapshots/latest.gpkg",
        "/open-data/buildings/snapshots/{day}/../../../settings.py",
        "/open-data/buildings/snapshots/{day}/.",
        "/open-data/hydrants/snapshots.json",
    ],
)
def test_what_is_not_kept_is_404(client, taken, path):
    assert client.get(path.format(day=taken.day)).status_code == 404


def test_a_withdrawn_layers_snapshots_are_served_to_nobody(client, taken, address):
    Publication.objects.create(kind="buildings", level="staff")
    DECISIONS.refresh(force=True)
    assert kind_of("buildings") not in open_kinds()
    assert client.get(address).status_code == 404
    client.force_login(account("planners"))
    assert client.get(address).status_code == 404
    assert client.get("/open-data/buildings/snapshots.json").json()["snapshots"] == []
    Publication.objects.all().delete()
    DECISIONS.refresh(force=True)
    assert client.get(address).status_code == 200


def test_the_command_takes_them_and_refuses_layers_that_are_not_open(capsys, db):
    from django.core.management import CommandError, call_command

    call_command("snapshots", "roads")
    assert "roads: 1 objects" in capsys.readouterr().out
    with pytest.raises(CommandError, match="hydrants"):
        call_command("snapshots", "hydrants")
