"""The datastreams of a layer on its page: what is measured where, the latest value, and the files of observations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.timezone import now

from geoportal.wording.series import UnplacedThing, measured, property_words, unplaced_rows
from geoportal.wording.values import moment, number
from layers.access.rules import Access
from layers.observations.live.marks import Mark, marks
from layers.observations.meaning.freshness import freshness
from layers.observations.meaning.meanings import Meaning
from layers.observations.provenance import provenance
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
    marks: Sequence[Mark]
    """What is doubtful about the latest value."""
    state: Meaning


def series_rows(access: Access, kind: str) -> list[SeriesRow]:
    """The first MOST_SHOWN datastreams of a layer, by station; two queries.

    One that alone measures its property at its station has the property's name, in the visitor's language.
    """
    found = visible_streams(access).filter(thing__kind=kind).order_by("thing__name", "observed_property__code", "pk")
    found = found.annotate(latest_excluded=latest_is_excluded()).select_related(
        "thing__dataset", "observed_property", "latest"
    )
    rows, streams, moment_now = [], list(found[:MOST_SHOWN]), now()
    origins = provenance([one.pk for one in streams])
    several = Counter((one.thing_id, one.observed_property_id) for one in streams)
    for one in streams:
        latest, origin = getattr(one, "latest", None), origins[one.pk]
        flags = latest.flags if latest else 0
        age_s = (moment_now - latest.ends_at).total_seconds() if latest else None
        rows.append(
            SeriesRow(
                one.pk,
                one.thing.name,
                str(one.thing.feature_id or one.thing_id),
                measured(one) if several[one.thing_id, one.observed_property_id] > 1 else property_words(one),
                one.unit_symbol,
                number(latest.value) if latest and latest.value is not None else "",
                moment(latest.ends_at) if latest else "",
                marks(
                    flags=flags, excluded=one.latest_excluded, standing=origin.standing, synthetic=origin.synthetic
                ),
                freshness(age_s, one.interval_s, flags),
            )
        )
    return rows


def unplaced_things(access: Access, kind: str) -> list[UnplacedThing]:
    """Stations that wait for a place on the map, for the city's staff."""
    if not access.reaches("staff"):
        return []
    waiting = visible_things(access).filter(kind=kind).exclude(unplaced="").order_by("name")
    return unplaced_rows(waiting[:MOST_SHOWN])
