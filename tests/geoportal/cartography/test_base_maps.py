"""Base maps from other hosts: none by default; those the city names may be fetched, and no others."""

from pathlib import Path

import pytest
from django.conf import settings as installed
from django.test import Client

from layers.city import read_city
from layers.errors import CityProfileInvalid
from tests.geoportal.web.map.test_map_page import configuration

HEADER = "Content-Security-Policy"
WMS = "https://maps.example.org/wms?SERVICE=WMS&REQUEST=GetMap&LAYERS=ortho&CRS=EPSG:3857"
NAMED = f"""
[[base_maps]]
id = "ortho"
title = {{ pl = "Ortofotomapa", en = "Orthophoto" }}
kind = "wms"
url = "{WMS}"
attribution = "GUGiK"

[[base_maps]]
id = "topo"
title = {{ pl = "Topograficzna", en = "Topographic" }}
kind = "wmts"
url = "https://tiles.example.com:8443/wmts/topo/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.png"
"""


def directives(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer[HEADER].split(";")]
    return {name: sources for name, *sources in parts}


def city_file(folder: Path, more: str) -> str:
    path = folder / "city.toml"
    path.write_text(Path(installed.CITY_FILE).read_text(encoding="utf-8") + more, encoding="utf-8")
    return str(path)


def test_by_default_the_page_may_ask_nobody_else(client: Client) -> None:
    answer = client.get("/")
    assert directives(answer)["connect-src"] == ["'self'"]
    assert configuration(answer.content.decode())["base_maps"] == []


def test_named_base_maps_are_offered_and_exactly_their_hosts_allowed(
    client: Client, settings, tmp_path: Path
) -> None:
    settings.CITY_FILE = city_file(tmp_path, NAMED)
    answer = client.get("/")
    hosts = ["https://maps.example.org", "https://tiles.example.com:8443"]
    allowed = directives(answer)
    assert allowed["connect-src"] == ["'self'", *hosts]
    assert allowed["img-src"] == ["'self'", "data:", "blob:", *hosts]
    assert "example" not in "".join(allowed["script-src"] + allowed["style-src"] + allowed["default-src"])
    wms, wmts = configuration(answer.content.decode())["base_maps"]
    assert wms["title"] == "Ortofotomapa" and wms["attribution"] == "GUGiK"
    assert wms["url"] == WMS + "&BBOX={bbox-epsg-3857}&WIDTH=256&HEIGHT=256"
    assert wmts["url"] == "https://tiles.example.com:8443/wmts/topo/{z}/{y}/{x}.png"
    assert '<option value="ortho">Ortofotomapa</option>' in answer.content.decode()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "wms"', 'kind = "wfs"', "wfs"),
        ("https://maps.example.org", "ftp://maps.example.org", "ftp"),
        ("https://maps.example.org", "https://a b; script-src *", "url"),
        ('id = "ortho"', 'id = "own"', "own"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(CityProfileInvalid, match=said):
        read_city(Path(city_file(tmp_path, NAMED.replace(old, new))))
