"""The datastreams of a layer on its page: what is measured where, the latest value, and the files of observations."""

from dataclasses import dataclass

from geoportal.wording.series import measured
from geoportal.wording.values import moment, number
from layers.access.rules import Access
from layers.observations.models import Thing
from layers.observations.selection import latest_is_excluded, visible_streams, visible_things

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A datastream in words."""

    key: int
    station: str
    station_key: str
    measured: str
    unit: str
    latest: str
    when: str
    synthetic: bool
    excluded: bool
    """Whether the latest value is."""


def series_rows(access: Access, kind: str) -> list[SeriesRow]:
    """The first MOST_SHOWN datastreams of a layer, by station; one query."""
    found = visible_streams(access).filter(thing__kind=kind).order_by("thing__name", "observed_property__code", "pk")
    found = found.annotate(latest_excluded=latest_is_excluded()).select_related(
        "thing__dataset", "observed_property", "latest"
    )
    rows = []
    for one in found[:MOST_SHOWN]:
        latest = getattr(one, "latest", None)
        rows.append(
            SeriesRow(
                one.pk,
                one.thing.name,
                str(one.thing.feature_id or one.thing_id),
                measured(one),
                one.unit_symbol,
                number(latest.value) if latest and latest.value is not None else "",
                moment(latest.ends_at) if latest else "",
                one.thing.dataset.synthetic,
                one.latest_excluded,
            )
        )
    return rows


def unplaced_things(access: Access, kind: str) -> list[Thing]:
    """Stations that wait for a place on the map, for the city's staff."""
    if not access.reaches("staff"):
        return []
    return list(visible_things(access).filter(kind=kind).exclude(unplaced="").order_by("name")[:MOST_SHOWN])
