"""Studies visible to a visitor, and the published result of each."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from django.contrib.gis.db.models import Extent
from django.http import HttpRequest

from analysis.errors import UnknownResult, UnknownStudy
from analysis.public_summary import PublicSummary
from analysis.results import PrivateResult
from analysis.running.runner import last_standing, rules_in_force
from analysis.studies import STUDIES
from analysis.study import Study
from geoportal.accounts.rights import access_of
from layers.access.rules import Access, may_see
from layers.city import city
from layers.crs import WGS84, reproject, storage_srid
from layers.kinds import kind_of
from layers.reading.selection import select
from layers.runs.models import Run
from layers.schema.kind import LayerKind


@dataclass(frozen=True, slots=True)
class Published:
    """The published result of a study: its run and its public summary."""

    study: Study
    run: Run
    public_summary: PublicSummary

    @property
    def computed_at(self) -> datetime:
        """When it was computed."""
        return self.run.finished_at or self.run.created_at

    @property
    def synthetic(self) -> bool:
        """Whether it rests on invented data."""
        return bool(self.run.details.get("synthetic"))


def outputs_seen(access: Access, study: Study) -> list[LayerKind]:
    """The layers of a study's results that the visitor may see."""
    return [kind_of(slug) for slug in study.outputs if may_see(access, kind_of(slug))]


def areas_read(access: Access, study: Study) -> list[LayerKind]:
    """Area layers that a study reads and the visitor may see: maps show them beneath its result."""
    kinds = (kind_of(one.kind) for one in study.inputs if not one.subject)
    return [kind for kind in kinds if kind.shape.endswith("POLYGON") and may_see(access, kind)]


def kinds_shown(access: Access, study: Study) -> list[LayerKind]:
    """Layers on the maps of a study, topmost first."""
    return [*outputs_seen(access, study), *areas_read(access, study)]


def extent(access: Access, study: Study) -> tuple[float, float, float, float]:
    """Bounding box of the published results, else of the city, in metres of the storage CRS."""
    edges = []
    for kind in outputs_seen(access, study):
        chosen = select(access, kind)
        found = chosen.rows().aggregate(around=Extent("geom"))["around"] if chosen is not None else None
        if found is not None:
            edges.append(found)
    if not edges:
        edges = [reproject(np.array([city().outline]), WGS84, storage_srid())[0].bounds]
    west, south = (min(one[at] for one in edges) for at in (0, 1))
    east, north = (max(one[at] for one in edges) for at in (2, 3))
    return float(west), float(south), float(east), float(north)


def extent_in_degrees(access: Access, study: Study) -> tuple[float, float, float, float]:
    """The same as west, south, east, north in degrees."""
    around = shapely.box(*extent(access, study))
    west, south, east, north = reproject(np.array([around]), storage_srid(), WGS84)[0].bounds
    return west, south, east, north


def visible_studies(request: HttpRequest) -> list[Study]:
    """Studies with at least one result layer that the visitor may see."""
    return [study for study in STUDIES.values() if outputs_seen(access_of(request), study)]


def visible_study(request: HttpRequest, slug: str) -> Study:
    """The study with that slug. Raises UnknownStudy, also where the visitor may see none of its layers."""
    for study in visible_studies(request):
        if study.slug == slug:
            return study
    raise UnknownStudy(f"There is no study “{slug[:40]}”.")


def private_result(study: Study, token: str) -> PrivateResult:
    """The trial of a study with that token, finished or not. Raises UnknownResult."""
    found = PrivateResult.opened(token)
    if found.run.source != study.slug:
        raise UnknownResult("This result is not there, or is no longer kept; run the study again.")
    return found


def published(study: Study) -> Published | None:
    """The published result of a study; None before its first run."""
    run = last_standing(study)
    if run is None:
        return None
    return Published(study, run, study.public_summary(run.details["summary"], rules_in_force(study)))
