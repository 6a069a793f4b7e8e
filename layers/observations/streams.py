"""Declared Things and datastreams: found by their codes, created where they are new, and placed on the map.

A Thing with coordinates becomes a row of its layer, written through the store; the layer is the one truth of its name
and place. One that has no coordinates, or lies outside the city's surroundings, has its series all the same and waits
in the list of stations to place (`Thing.unplaced`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from layers.kinds import kind_of
from layers.observations.models import Datastream, ObservedProperty, Sensor, Thing
from layers.observations.specs import StreamSpec, ThingSpec
from layers.record import Record, Refusal, Tally
from layers.schema.feature import feature_identity
from layers.store.validation import accept
from layers.store.writer import Writer

NO_COORDINATES = "The source gives no coordinates."
NO_POINT = "The location is not a point in GeoJSON."


def declare(writer: Writer, streams: Sequence[StreamSpec], things: Iterable[ThingSpec] = ()) -> list[Datastream]:
    """Store the Things, sensors, properties and datastreams that are new or changed; returns the datastreams.

    Ended ones are taken up again. What an editor set (`Datastream.edited`) stays. `things` are further Things,
    without datastreams. Counts of the writer do not include the rows of the layers.
    """
    specs = {spec.code: spec for spec in [*things, *(one.thing for one in streams)]}
    stored = _things(writer, specs)
    properties = _coded(
        ObservedProperty, {one.observed_property.code: one.observed_property for one in streams}, _lacking
    )
    sensors = _coded(Sensor, {one.sensor.code: one.sensor for one in streams})
    found = {(one.thing_id, one.code): one for one in Datastream.objects.filter(thing__in=stored.values())}
    declared = []
    for one in streams:
        thing = stored[one.thing.code]
        made = Datastream(thing=thing, code=one.code, created_by=writer.run)
        row = found.setdefault((thing.pk, one.code), made)
        values = _values(one, sensors[one.sensor.code], properties[one.observed_property.code])
        _save(row, {name: value for name, value in values.items() if name not in row.edited})
        declared.append(row)
    return declared


def waiting_things(writer: Writer, codes: Iterable[str]) -> list[Thing]:
    """Those of the Things with these codes, in the dataset of the writer's run, that have no place on the map."""
    found = Thing.objects.filter(dataset=writer.run.dataset, code__in=list(codes), ended_by=None)
    return list(found.exclude(unplaced="").order_by("code"))


def _things(writer: Writer, specs: Mapping[str, ThingSpec]) -> dict[str, Thing]:
    assert writer.run.dataset is not None
    places = _place(writer, list(specs.values()))
    found = {one.code: one for one in Thing.objects.filter(dataset=writer.run.dataset, code__in=list(specs))}
    for code, spec in specs.items():
        thing = found.get(code) or Thing(dataset=writer.run.dataset, code=code, created_by=writer.run)
        values: dict[str, Any] = {"kind": spec.kind, "description": spec.description}
        values |= {"properties": dict(spec.properties), "ended_by": None}
        if thing.feature_id is None:  # else name and place are those of the layer
            reason = places.get(code, NO_COORDINATES)
            values |= {"name": spec.name, "unplaced": reason}
            values["feature_id"] = None if reason else feature_identity(writer.run.dataset.slug, code)
        _save(thing, values)
        found[code] = thing
    return found


def _place(writer: Writer, specs: Sequence[ThingSpec]) -> dict[str, str]:
    """Write the Things with coordinates into their layers; returns for each "" or why it has no place."""
    placed: dict[str, str] = {}
    for kind in {one.kind for one in specs if one.geometry is not None}:
        chosen = [one for one in specs if one.kind == kind and one.geometry is not None]
        records = [Record(one.code, one.geometry, {"name": one.name, **one.values}) for one in chosen]
        good: list[Record | Refusal] = []
        for one in accept(kind_of(kind), records):
            if isinstance(one, Refusal) and one.severity == "row":
                placed[one.source_id] = one.message
            else:
                good.append(one)
                placed.setdefault(one.source_id, "")
        fields = {"name", *(name for one in chosen for name in one.values)}
        counts, writer.tally = writer.tally, Tally()
        names = [name for name in kind_of(kind).field_names if name in fields]
        writer.write(kind_of(kind), good, fields=names)
        writer.tally = counts
    return placed


def _coded(
    model: Any,
    specs: Mapping[str, Any],
    of_stored: Callable[[Any, dict[str, Any]], dict[str, Any]] = lambda _, new: new,
) -> dict[str, Any]:
    """The rows with these codes. `of_stored` chooses from the declared values those that a stored one takes."""
    found = {one.code: one for one in model.objects.filter(code__in=list(specs))}
    for code, spec in specs.items():
        values = {name: getattr(spec, name) for name in spec.__dataclass_fields__ if name != "code"}
        if code in found:
            values = of_stored(found[code], values)
        _save(found.setdefault(code, model(code=code)), values | {"ended_by": None})
    return found


def _lacking(stored: ObservedProperty, declared: dict[str, Any]) -> dict[str, Any]:
    """What a stored observed property lacks: sources share it, and a file that knows its code alone must not take its
    name from the others."""
    unnamed = stored.name in ("", stored.code)
    return {
        name: value
        for name, value in declared.items()
        if not getattr(stored, name) or (name == "name" and unnamed and value)
    }


def _values(spec: StreamSpec, sensor: Sensor, observed_property: ObservedProperty) -> dict[str, Any]:
    own = ("thing", "sensor", "observed_property", "code", "unit", "properties")
    values = {name: getattr(spec, name) for name in spec.__dataclass_fields__ if name not in own}
    values |= {"sensor": sensor, "observed_property": observed_property, "properties": dict(spec.properties)}
    return (
        values
        | {f"unit_{name}": getattr(spec.unit, name) for name in ("name", "symbol", "definition")}
        | {"ended_by": None}
    )


def _save(row: Any, values: Mapping[str, Any]) -> None:
    """Save a row that is new or of which a value differs."""
    changed = [name for name, value in values.items() if row.pk is None or getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if row.pk is None:
        row.save()
    elif changed:
        row.save(update_fields=changed)
