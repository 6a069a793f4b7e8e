"""PATCH and PUT of an observation: a correction, of which the state before stays as a revision."""

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import now

from geoportal.sensorthings.changes import Changes
from geoportal.sensorthings.entities import written_time
from geoportal.sensorthings.errors import BadEntity
from geoportal.sensorthings.observations import use_feature
from geoportal.sensorthings.paths import Resource
from layers.errors import BadObservation
from layers.observations.documents import check_result, columns_of, parse_observation
from layers.observations.models import Observation
from layers.observations.replacing import correct_observation


def correct(changes: Changes, target: Resource, document: Any, *, whole: bool) -> None:
    """Change the given properties of an observation; `whole`: the others are as if they had not been given.

    Raises BadEntity, WriteRefused.
    """
    if not isinstance(document, Mapping):
        raise BadEntity("An Observation is a JSON object.")
    row: Observation = target.rows.select_related("datastream").get()
    given = {name: value for name, value in document.items() if "@iot." not in name}
    other = given.pop("Datastream", {"@iot.id": row.datastream_id})
    if not isinstance(other, Mapping) or other.get("@iot.id") != row.datastream_id:
        raise BadEntity("An Observation stays in its Datastream; end it and add it to the other one.")
    given = given if whole else _document_of(row) | given
    try:
        read = parse_observation(given, received=row.starts_at if not whole else now())
        if read.feature_of_interest is not None and read.feature_key is None:
            raise BadEntity('FeatureOfInterest: a change only refers to a stored one; expected {"@iot.id": 1}.')
        if "FeatureOfInterest" in document:
            use_feature(changes.visitor.access, read, row.datastream)
        check_result(read, row.datastream)
        state = columns_of([read], [row.datastream])
    except BadObservation as fault:
        raise BadEntity(str(fault)) from fault
    correct_observation(changes.run, row, state)
    changes.writer.tally.stored += 1


def _document_of(row: Observation) -> dict[str, Any]:
    """The stored observation as its sender could have written it."""
    feature = row.feature_of_interest_id
    return {
        "phenomenonTime": f"{written_time(row.starts_at)}/{written_time(row.ends_at)}",
        "resultTime": None if row.result_time is None else written_time(row.result_time),
        "result": row.result if row.value is None else row.value,
        "FeatureOfInterest": None if feature is None else {"@iot.id": feature},
        **(row.extra or {}),
    }
