"""Private results: kept beside the layers for a while, opened by link, made the standing ones on purpose."""

import math
from datetime import date, datetime
from typing import Any

import geopandas
import numpy as np
from django.contrib.gis.geos import GEOSGeometry
from django.utils.timezone import now

from analysis.results import KEPT, PrivateFeature, PrivateResult, StandingParameters
from analysis.study import Rules, Study
from layers.crs import storage_srid
from layers.kinds import kind_of
from layers.reading.frames import framed
from layers.record import Record
from layers.runs.models import Erasure
from layers.store.editing import erase
from layers.store.staging import rounded_value
from layers.store.writer import Writer


def keep_private(writer: Writer, study: Study, records: dict[str, list[Record]], rules: Rules) -> PrivateResult:
    """Keep what a private run computed, rounded as the layers would store it."""
    writer.run.save()
    summary = study.summarise({slug: frame_of(slug, found) for slug, found in records.items()}, rules)
    result, _ = PrivateResult.objects.update_or_create(
        run=writer.run, defaults={"expires_at": now() + KEPT, "summary": summary}
    )
    for slug, found in records.items():
        features = [_feature(result, slug, record) for record in found]
        PrivateFeature.objects.bulk_create(features, batch_size=2000)
        writer.tally.read += len(found)
        writer.tally.stored += len(found)
    writer.run.details |= {"token": result.token, "summary": result.summary}
    return result


def _feature(result: PrivateResult, slug: str, record: Record) -> PrivateFeature:
    kind = kind_of(slug)
    values = {name: _plain(record.values.get(name), kind.field(name).decimals) for name in kind.field_names}
    shape = None
    if record.geometry is not None:
        shape = GEOSGeometry(memoryview(record.geometry.wkb), srid=storage_srid())
    return PrivateFeature(result=result, kind=slug, source_id=record.source_id, values=values, geom=shape)


def _plain(value: Any, decimals: int | None) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, float | np.floating):
        return None if math.isnan(value) else rounded_value(value, decimals)
    if isinstance(value, np.integer):
        return int(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def frame_of(slug: str, records: list[Record]) -> geopandas.GeoDataFrame:
    """Records of a kind as the frame that reading them back from the layer would give, ordered by source id."""
    kind = kind_of(slug)
    ordered = sorted(records, key=lambda one: one.source_id)
    columns = {
        name: [_plain(record.values.get(name), kind.field(name).decimals) for record in ordered]
        for name in kind.field_names
    }
    return framed(kind, columns, [record.geometry for record in ordered], [record.source_id for record in ordered])


def forget_erased(writer: Writer, study: Study) -> None:
    """Erase from all results, private and past ones too, what was computed for subjects that were erased."""
    gone = Erasure.objects.filter(kind=study.subject.kind).values_list("feature_id", flat=True)
    ids = [str(one) for one in gone]
    if not ids:
        return
    PrivateFeature.objects.filter(source_id__in=ids).delete()
    for slug in study.outputs:
        kind = kind_of(slug)
        rows = kind.model._default_manager.filter(source_id__in=ids, dataset__source=study.slug)
        for feature_id in rows.values_list("feature_id", flat=True).distinct():
            erase(writer, kind, feature_id, f"what it was computed for was erased from {study.subject.kind}")


def promote(token: str) -> str:
    """Make the parameters of a private result the study's standing ones; says which study must be run now.

    Raises UnknownResult.
    """
    run = PrivateResult.finished(token).run
    StandingParameters.objects.update_or_create(study=run.source, defaults={"parameters": run.parameters})
    return run.source
