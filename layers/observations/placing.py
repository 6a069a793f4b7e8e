"""Keeps Things, their locations and historical locations equal to the rows of the layers, within the run that writes.

A layer of stations is the one truth of what stands where: each of its features is a Thing, whose name and place are
those of the feature's current version, and each version with another place is a historical location. An erased
feature takes its Thing along, with everything that was observed there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from layers.crs import CRS84, WGS84
from layers.kinds import KINDS
from layers.observations.entity_changes import change
from layers.observations.erasing import erase_things
from layers.observations.models import FeatureOfInterest, HistoricalLocation, Location, Thing
from layers.runs.models import Run
from layers.schema.kind import LayerKind

ENDED = "Its object in the layer has ended."


def follow_layers(run: Run) -> None:
    """Bring the Things of the features that the run changed up to date, inside its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, array_agg(DISTINCT feature_id) FROM run_changes WHERE kind = ANY(%s) GROUP BY kind",
            [[kind.slug for kind in KINDS.values() if kind.series]],
        )
        changed = [(KINDS[slug], features) for slug, features in cursor.fetchall()]
    for kind, features in changed:
        _follow(run, kind, features)


def _follow(run: Run, kind: LayerKind, features: Sequence[UUID]) -> None:
    rows = kind.model._default_manager.filter(feature_id__in=features)
    current = {row.feature_id: row for row in rows.filter(recorded_to=None).annotate(place=Transform("geom", WGS84))}
    past = set(rows.filter(recorded_to__isnull=False).values_list("feature_id", flat=True))
    found = Thing.objects.filter(kind=kind.slug, feature_id__in=features)
    things = {one.feature_id: one for one in found if one.feature_id is not None}
    for feature in current.keys() - things.keys():
        row = current[feature]
        keys = {"dataset_id": row.dataset_id, "code": row.source_id}
        defaults = {"kind": kind.slug, "name": row.source_id, "created_by": run}
        things[feature], _ = Thing.objects.get_or_create(**keys, defaults=defaults)
    used = _places([one.pk for one in things.values()])
    for feature, thing in things.items():
        if feature in current:
            _take_up(run, kind, thing, current[feature], used.get(thing.pk, []))
        elif feature in past:
            _save(thing, {"unplaced": ENDED})
    erase_things([one for feature, one in things.items() if feature not in current and feature not in past])


def _take_up(run: Run, kind: LayerKind, thing: Thing, row: Any, used: Sequence[Location]) -> None:
    """Give a Thing the name and the place of a version of its feature."""
    name = getattr(row, kind.name_field) or thing.name
    _save(thing, {"name": name, "feature_id": row.feature_id, "unplaced": "", "ended_by": None})
    if not any(_same_place(one.geom, row.place) for one in used):
        address = getattr(row, "address", None) or name
        place = geojson(row.place)
        made = Location.objects.create(name=name, description=address, location=place, geom=row.place, created_by=run)
        place_thing(run, thing, [made], moment=row.recorded_from, version=row.version_id)
    elif not thing.historical_locations.filter(ended_by=None).exists():
        add_history(run, thing, used, moment=row.recorded_from, version=row.version_id)


def place_thing(
    run: Run,
    thing: Thing,
    locations: Sequence[Location],
    *,
    moment: datetime,
    version: int | None = None,
    recorded: bool = False,
) -> HistoricalLocation:
    """Replace the locations of a Thing, and record them as its historical location since `moment`.

    `recorded`: the run's rollback restores the very locations; else it places the Thing where its feature is then.
    """
    if recorded:
        change(run, thing, {"locations": list(locations)})
    else:
        thing.locations.set(locations)
    made = add_history(run, thing, locations, moment=moment, version=version)
    shown = next((one for one in locations if one.geom is not None), locations[0] if locations else None)
    if shown is not None:
        values = {"name": thing.name, "description": shown.description, "kind": thing.kind, "geom": shown.geom}
        values |= {"feature": shown.location, "encoding_type": shown.encoding_type, "ended_by": None}
        if recorded and (feature := FeatureOfInterest.objects.filter(thing=thing).first()):
            change(run, feature, values)
            return made
        FeatureOfInterest.objects.update_or_create(
            thing=thing, defaults=values, create_defaults=values | {"created_by": run}
        )
    return made


def add_history(
    run: Run, thing: Thing, locations: Iterable[Location], *, moment: datetime, version: int | None = None
) -> HistoricalLocation:
    """Record where a Thing is since `moment`."""
    made = HistoricalLocation.objects.create(thing=thing, time=moment, version=version, created_by=run)
    made.locations.set(locations)
    return made


def geojson(geometry: GEOSGeometry) -> dict[str, Any]:
    """A geometry in longitude and latitude as GeoJSON, rounded to a centimetre."""

    def rounded(value: Any) -> Any:
        return round(value, CRS84.decimals) if isinstance(value, float) else [rounded(one) for one in value]

    document = json.loads(geometry.geojson)
    return {"type": document["type"], "coordinates": rounded(document["coordinates"])}


def _same_place(one: GEOSGeometry | None, other: GEOSGeometry) -> bool:
    """Whether two places differ by less than the precision in which a place is written."""
    return one is not None and bool(one.equals_exact(other, tolerance=10**-CRS84.decimals))


def _places(things: Sequence[int]) -> Mapping[int, list[Location]]:
    found: dict[int, list[Location]] = {}
    links = Thing.locations.through.objects.filter(thing__in=things).select_related("location")
    for link in links:
        found.setdefault(link.thing_id, []).append(link.location)
    return found


def _save(thing: Thing, values: Mapping[str, Any]) -> None:
    changed = [name for name, value in values.items() if getattr(thing, name) != value]
    for name in changed:
        setattr(thing, name, values[name])
    if changed:
        thing.save(update_fields=changed)
