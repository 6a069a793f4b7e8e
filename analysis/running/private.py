"""Private results: stores them, erases from them, and makes the parameters of one the published ones."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import connection

from analysis.results import PrivateFeature, PrivateResult, StandingParameters
from analysis.running.result_rows import DIFFERENCES, base_rows, private_rows
from analysis.running.totals import totals
from analysis.study import Rules, Study
from layers.jobs.results import expiry
from layers.kinds import kind_of
from layers.locks import AdvisoryLock
from layers.record import Record, Refusal
from layers.runs.models import Dataset, Erasure
from layers.schema.kind import LayerKind
from layers.store.editing import erase
from layers.store.merge import execute
from layers.store.staging import Stage
from layers.store.validation import accept
from layers.store.writer import CHUNK, Writer


def keep_private(
    writer: Writer, study: Study, records: dict[str, list[Record]], rules: Rules, base: Dataset | None
) -> PrivateResult:
    """Store the records and the summary of a private run; returns the result that its link opens.

    Stored are the differences from the published result in `base`, after rounding as in a layer's table. Without a
    base, or where an output has no full history, all rows are stored. Results of subjects that were erased since they
    were read are left out.
    """
    run, kinds = writer.run, [kind_of(slug) for slug in study.outputs]
    if base is None or any(kind.history != "full" for kind in kinds):
        bound: dict[str, Any] = {"base": None, "base_at": None}
    else:
        # The locks exclude runs that write the published result, so no row gets a time before this moment afterwards.
        bound = {"base": base, "base_at": [writer.target(kind, base).moment for kind in kinds][-1]}
    result, _ = PrivateResult.objects.update_or_create(run=run, defaults={"expires_at": expiry(), **bound})
    erased = _erased_until_commit(study)
    for kind in kinds:
        left = [record for record in records[kind.slug] if record.source_id not in erased]
        _store_differences(writer, result, kind, left)
    result.summary = totals(study, {kind.slug: private_rows(result, kind) for kind in kinds}, rules)
    result.save(update_fields=["summary"])
    run.details |= {"token": result.token, "summary": result.summary}
    return result


def _store_differences(writer: Writer, result: PrivateResult, kind: LayerKind, records: list[Record]) -> None:
    stage = Stage(kind, result.run.source, kind.field_names)
    stage.create()
    for chunk in _chunks(writer, kind, records):
        stage.load(stage.encode(chunk, None), [(at, None) for at in range(len(chunk))])
        writer.tally.read += len(chunk)
        writer.tally.stored += len(chunk)
    execute(f"ANALYZE {stage.name}")
    base = base_rows(result, kind)
    pairs = ", ".join(f"('{name}', to_jsonb(s.{name}), to_jsonb(c.{name}))" for name in kind.field_names)
    mine, theirs = (", ".join(f"{row}.{name}" for name in (*kind.field_names, "geom")) for row in ("s", "c"))
    execute(
        f'INSERT INTO {DIFFERENCES} (result_id, kind, source_id, base_version, "values", geom) '
        "SELECT %(result)s, %(kind)s, coalesce(s.source_id, c.source_id), c.version_id, "
        "CASE WHEN s.source_id IS NOT NULL THEN coalesce(changed.fields, '{}') END, "
        "CASE WHEN s.geom IS DISTINCT FROM c.geom THEN s.geom END "
        f"FROM {stage.name} s FULL JOIN ({base.sql}) c ON c.source_id = s.source_id "
        "CROSS JOIN LATERAL (SELECT jsonb_object_agg(name, new) AS fields "
        f"FROM (VALUES {pairs}) AS field (name, new, old) WHERE new IS DISTINCT FROM old) changed "
        f"WHERE s.source_id IS NULL OR c.source_id IS NULL OR ({mine}) IS DISTINCT FROM ({theirs})",
        {**base.values, "result": result.pk, "kind": kind.slug},
    )


def _chunks(writer: Writer, kind: LayerKind, records: list[Record]) -> Iterator[list[Record]]:
    """Records as the layer would store them; those it would refuse are counted with the run's rejections."""
    accepted = accept(kind, records, check_bbox=False)
    while chunk := list(islice(accepted, CHUNK)):
        for one in chunk:
            if isinstance(one, Refusal):
                writer.refuse(kind, one)
        if good := [one for one in chunk if isinstance(one, Record)]:
            yield good


def remove_erased(writer: Writer, study: Study) -> None:
    """Erase the results of erased subjects from all results, private and past ones included.

    Private runs that looked at the erasures before are awaited; later ones leave out the same subjects themselves.
    """
    ids = _erased(study)
    if not ids:
        return
    with connection.cursor() as cursor:
        lock = [AdvisoryLock.ERASED_RESULTS.value] * 2
        cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", lock)
    PrivateFeature.objects.filter(source_id__in=ids).delete()
    for slug in study.outputs:
        kind = kind_of(slug)
        rows = kind.model._default_manager.filter(source_id__in=ids, dataset__source=study.slug)
        for feature_id in rows.values_list("feature_id", flat=True).distinct():
            erase(writer, kind, feature_id, f"what it was computed for was erased from {study.subject.kind}")


def _erased_until_commit(study: Study) -> set[str]:
    """Ids of the erased subjects. Until commit, runs that remove results of subjects erased later wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [AdvisoryLock.ERASED_RESULTS])
    return _erased(study)


def _erased(study: Study) -> set[str]:
    gone = Erasure.objects.filter(kind=study.subject.kind).values_list("feature_id", flat=True)
    return {str(one) for one in gone}


def promote(token: str) -> str:
    """Make the parameters of a private result those of the published one; returns the slug of the study to run.

    Raises UnknownResult.
    """
    run = PrivateResult.finished(token).run
    StandingParameters.objects.update_or_create(study=run.source, defaults={"parameters": run.parameters})
    return run.source
