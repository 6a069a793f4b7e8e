"""Removes Things with everything observed at them, where their feature was erased (personal data)."""

from collections.abc import Sequence

from django.db import connection

from layers.observations.models import Datastream, FeatureOfInterest, HistoricalLocation, Location, Observation, Thing
from layers.runs.models import Rejection

_TABLES = ("layers_observation", "layers_revision", "layers_hourlyrollup", "layers_dailyrollup", "layers_latestvalue")
_REPORTS = """
UPDATE layers_run SET details = jsonb_set(details, '{streams}', (
    SELECT coalesce(jsonb_agg(line), '[]') FROM jsonb_array_elements(details->'streams') line
    WHERE NOT (line->>'id')::int8 = ANY(%(streams)s)
))
WHERE details @? '$.streams[*]' AND id IN (SELECT run_id FROM layers_batch)
"""
_DECISIONS = """
WITH own AS (SELECT id FROM layers_run WHERE kind = 'edit' AND parameters->>'datastream' = ANY(%(streams)s::text[]))
UPDATE layers_run r SET parameters = r.parameters || '{"note": ""}', details = r.details - 'entities'
FROM own WHERE own.id IN (r.id, r.undoes_id)
"""


def erase_things(things: Sequence[Thing]) -> None:
    """Remove Things, their datastreams, observations in every form, places, lines in reports and rejections,
    and the reasons of decisions about them."""
    if not things:
        return
    keys = [one.pk for one in things]
    streams = list(Datastream.objects.filter(thing__in=keys).values_list("pk", flat=True))
    observed = Observation.objects.filter(datastream__in=streams, feature_of_interest__isnull=False)
    features = set(observed.values_list("feature_of_interest", flat=True).distinct())
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE datastream_id = ANY(%s)", [streams])
        cursor.execute(_REPORTS, {"streams": streams})
        cursor.execute(_DECISIONS, {"streams": streams})
    features -= set(
        Observation.objects.filter(feature_of_interest__in=features).values_list("feature_of_interest", flat=True)
    )
    FeatureOfInterest.objects.filter(pk__in=features).delete()
    for one in things:
        rejections = Rejection.objects.filter(kind=one.kind, run__dataset=one.dataset)
        (rejections.filter(source_id=one.code) | rejections.filter(source_id__startswith=f"{one.code}/")).delete()
    places = Location.objects.filter(things__in=keys) | Location.objects.filter(historical_locations__thing__in=keys)
    shared = Location.objects.filter(things__isnull=False).exclude(things__in=keys)
    gone = set(places.values_list("pk", flat=True)) - set(shared.values_list("pk", flat=True))
    HistoricalLocation.objects.filter(thing__in=keys).delete()
    Datastream.objects.filter(pk__in=streams).delete()
    Thing.objects.filter(pk__in=keys).delete()
    Location.objects.filter(pk__in=gone).delete()
