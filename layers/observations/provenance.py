"""Whether values are invented, and the standing of their station, for files, SQL and documents of observations."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from layers.access.rules import ANONYMOUS, Access, fields_for
from layers.kinds import KINDS

SYNTHETIC = """(s.synthetic OR d.properties @> '{"synthetic": true}')"""
"""SQL: whether the values of a datastream `d` are invented; `s` is the dataset of its Thing."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """`standing` is the code of the station's standing, "" where it has none or not everybody may see it."""

    synthetic: bool = False
    standing: str = ""


def standing(access: Access = ANONYMOUS) -> str:
    """SQL: the standing of a Thing `t`, where the visitor may see it."""
    kinds = [
        kind
        for kind in KINDS.values()
        if kind.series and any(one.name == "standing" for one in fields_for(access, kind))
    ]
    found = [
        f"WHEN '{kind.slug}' THEN (SELECT f.standing FROM public.{kind.model._meta.db_table} f "
        "WHERE f.feature_id = t.feature_id AND f.recorded_to IS NULL LIMIT 1)"
        for kind in kinds
    ]
    return f"(CASE t.kind {' '.join(found)} END)::text" if found else "NULL::text"


def provenance(streams: Collection[int]) -> dict[int, Provenance]:
    """Of datastreams by key."""
    query = (
        f"SELECT d.id, {SYNTHETIC}, coalesce({standing()}, '') FROM public.layers_datastream d "
        "JOIN public.layers_thing t ON t.id = d.thing_id JOIN public.layers_dataset s ON s.id = t.dataset_id "
        "WHERE d.id = ANY(%s)"
    )
    with connection.cursor() as cursor:  # at each page of documents: by the ORM it would take four times as long
        cursor.execute(query, [list(streams)])
        return {key: Provenance(synthetic, text) for key, synthetic, text in cursor.fetchall()}
