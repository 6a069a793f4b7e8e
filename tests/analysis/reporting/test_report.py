"""The report's map as a document of its own."""

import base64
import hashlib
import json
import re

import pytest

from analysis.reporting.report import Assets, Drawn, MapDocument, Sheet, map_document

ASSETS = Assets("/static/leaflet.js", ("/static/leaflet.css", "/static/own.css"))
EVIL = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def document() -> MapDocument:
    square = {"type": "Polygon", "coordinates": [[[20.6, 50.8], [20.7, 50.8], [20.7, 50.9], [20.6, 50.8]]]}
    drawn = [Drawn(square, "#eba65c", "#7d3a2a", (("Budynki", "33"), (EVIL, EVIL)))]
    return map_document(
        [Sheet("Kwadraty", drawn)],
        [("Skutki", [("#eba65c", "2-5 mln zł"), ("#a3313a", EVIL)])],
        (20.6, 50.8, 20.7, 50.9),
        title=EVIL,
        language="pl",
        note="Dane zmyślone",
        zoom_words=("Przybliż", "Oddal"),
        assets=ASSETS,
    )


def test_the_map_asks_for_local_files_only(document: MapDocument) -> None:
    asked = re.findall(r'(?:src|href)="([^"]+)"', document.html)
    assert asked == ["/static/leaflet.js", "/static/leaflet.css", "/static/own.css"]
    assert "cdn" not in document.html and "openstreetmap" not in document.html.lower()


def test_each_inline_script_has_its_hash_and_no_handler_is_inline(document: MapDocument) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", document.html, re.DOTALL)
    expected = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    ]
    assert expected and list(document.script_hashes) == expected
    assert not re.search(r"\son\w+=", document.html)


def test_a_reader_may_zoom_and_finds_main_part_and_heading(document: MapDocument) -> None:
    assert "user-scalable" not in document.html and "maximum-scale" not in document.html
    assert document.html.count("<main>") == document.html.count("</main>") == 1
    assert document.html.count("<h1>") == 1


def test_texts_of_the_data_stay_texts(document: MapDocument) -> None:
    assert "<script>alert" not in document.html
    assert document.html.startswith("<!DOCTYPE html>") and '<html lang="pl">' in document.html
    said = re.search(r'"said": (".*?[^\\]")', document.html)
    assert said is not None
    assert "<dt>Budynki</dt><dd>33</dd>" in json.loads(said[1])
