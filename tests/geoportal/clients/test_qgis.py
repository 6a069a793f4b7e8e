"""QGIS, without a window, reads every open layer over the WFS and over OGC API Features."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import shapely

from tests.geoportal.clients.conftest import OPEN_LAYERS, PAGE, ROWS, assert_same

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("qgis_layers.py")


def _there() -> bool:
    if not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.thorough,
    pytest.mark.django_db,
    pytest.mark.skipif(not _there(), reason="QGIS is not installed (apt package python3-qgis)."),
]


def read(provider: str, addresses: list[str], home: Path) -> list[dict]:
    """What QGIS makes of layers; it gets a home of its own, in which it remembers nothing of other runs."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    command = [PYTHON, str(SCRIPT), provider, *addresses]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def geometries(answer: dict, key: str) -> dict:
    return {values[key]: shapely.from_wkb(bytes.fromhex(shape)) for values, shape in answer["features"]}


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:2178", "EPSG:2180"])
def test_qgis_reads_all_layers_over_wfs(portal, system, tmp_path):
    service = f"url='{portal.url}/wfs/' version='2.0.0' pagingEnabled='true' srsname='{system}'"
    answers = read("WFS", [f"{service} typename='city:{layer}'" for layer in OPEN_LAYERS], tmp_path)
    for layer, answer in zip(OPEN_LAYERS, answers, strict=True):
        assert answer["valid"] and answer["system"] == system, layer
        assert len(answer["features"]) == ROWS
        assert_same(layer, geometries(answer, "feature_id"), system)


def test_qgis_reads_all_layers_over_ogc_api_features(portal, tmp_path):
    service = f"url='{portal.url}/ogc/' pageSize='{PAGE}' pagingEnabled='true'"
    answers = read("OAPIF", [f"{service} typename='{layer}'" for layer in OPEN_LAYERS], tmp_path)
    for layer, answer in zip(OPEN_LAYERS, answers, strict=True):
        assert answer["valid"], layer
        assert len(answer["features"]) == ROWS
        assert_same(layer, geometries(answer, "id"), "OGC:CRS84")


def test_qgis_reads_a_layer_of_the_staff_with_a_token_as_its_password_and_not_without(portal, tmp_path):
    service = f"url='{portal.url}/wfs/' version='2.0.0' srsname='EPSG:2178' typename='city:hydrants'"
    known, unknown = read("WFS", [f"{service} username='anybody' password='{portal.token}'", service], tmp_path)
    assert len(known["features"]) == ROWS and not unknown["valid"]
