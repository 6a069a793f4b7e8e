"""A whole county's buildings through the command: complete, the same area, the same again, guarded against halves."""

import json
from io import StringIO
from pathlib import Path

import geopandas
import pytest
from django.contrib.gis.db.models.functions import Area
from django.core.management import CommandError, call_command
from django.db.models import Sum

from layers.kinds.buildings import Building
from layers.runs.models import Run

pytestmark = [pytest.mark.thorough, pytest.mark.real_data, pytest.mark.django_db(transaction=True)]


def ingest(path: Path, **options: str) -> dict:
    out = StringIO()
    pairs = [f"{name}={value}" for name, value in {"bbox": "off", **options}.items()]
    call_command("ingest", "egib", str(path), option=pairs, json=True, stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_a_county_goes_in_whole_and_half_of_it_cannot_replace_it(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "poland/egib_buildings_krakow_county.gpkg"
    buildings = geopandas.read_file(path, layer="buildings")

    first = ingest(path)
    assert first["read"] == len(buildings) == 14182
    assert first["stored"] + first["rejected"] == 14182
    again = ingest(path)
    assert (again["stored"], again["closed"], again["unchanged"]) == (0, 0, first["stored"])

    stored = Building.objects.current().aggregate(total=Sum(Area("geom")))["total"].sq_m
    assert stored == pytest.approx(buildings.geometry.area.sum(), rel=1e-4)

    half = tmp_path / "half.gpkg"
    buildings.iloc[: len(buildings) // 2].to_file(half, layer="buildings")
    with pytest.raises(CommandError, match="would close 7091 of 14182") as refused:
        ingest(half, mode="snapshot")
    assert refused.value.returncode == 2
    assert Building.objects.current().count() == 14182
    assert Run.objects.latest("pk").status == Run.Status.REFUSED
    closed = ingest(half, mode="snapshot", allow_close="50%")
    assert (closed["closed"], Building.objects.current().count()) == (7091, 7091)
