"""Runs studies: reads their inputs, writes their results through the store, fills in the run.

A standing run writes the published layers and computes only what changed since the last one, where rules, parameters,
code and datasets are the same. A private run writes a result of its own that only its link opens.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import now
from shapely.geometry.base import BaseGeometry

from analysis.errors import InputMissing
from analysis.parameters import AREA
from analysis.results import StandingParameters
from analysis.running.code_version import code_version
from analysis.running.private import keep_private, remove_erased
from analysis.running.reading import Basis, basis_of, changed_since, has_changed, inputs_of
from analysis.running.result_rows import standing_rows
from analysis.running.totals import totals
from analysis.studies import study_of
from analysis.study import Rules, Study, rules_of
from layers.crs import storage_srid
from layers.feed.changes import last_change
from layers.jobs.monitor import watched
from layers.jobs.recovery import mark_interrupted_runs
from layers.kinds import kind_of
from layers.locks import AdvisoryLock
from layers.record import Record
from layers.runs.models import Dataset, Run
from layers.store.validation import accept
from layers.store.writer import Writer, writing

HAIR_M = 0.01
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """An order to compute a study.

    Without `private`, the standing result: `parameters` must then be empty. `full` computes everything again. `area`
    (storage system) limits a private run.
    """

    study: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    private: bool = False
    area: BaseGeometry | None = None
    full: bool = False
    dry_run: bool = False
    progress: Progress = lambda done, total: None


def new_run(order: StudyOrder) -> Run:
    """The run of an order, not saved yet, with its parameters understood. Raises UnknownStudy, BadParameter."""
    study = study_of(order.study)
    given = order.parameters if order.private else StandingParameters.of(study.slug) | dict(order.parameters)
    return Run(
        kind=Run.Kind.STUDY,
        source=study.slug,
        mode="private" if order.private else "standing",
        parameters=study.parameters_from(given),
        code_version=code_version(study.package),
        details={} if order.area is None else {"area": AREA.as_json(order.area)},
    )


def order_of(run: Run) -> StudyOrder:
    """The order of a queued run, read from the run's stored parameters, so that it survives a restart."""
    stored = run.details.get("area")
    area = None if stored is None else AREA.restored(stored)
    return StudyOrder(run.source, run.parameters, private=run.mode == "private", area=area)


def run_study(order: StudyOrder, queued: Run | None = None) -> Run:
    """Carry out an order, as the queued run where there is one; the run is committed when this returns.

    Raises a LayersError with one clear line when nothing was stored. A dry run is carried out and taken back; its Run
    has no key.
    """
    run = queued or new_run(order)
    mark_interrupted_runs()
    run.status, run.heartbeat_at = Run.Status.RUNNING, now()
    if order.dry_run:
        with transaction.atomic():
            run.save()
            _carry_out(order, run, order.progress, [])
            transaction.set_rollback(True)
        run.pk = None
        return run
    # The row of a queued run may hold a newer cancel_requested than this object.
    run.save(update_fields=None if run.pk is None else ["status", "heartbeat_at", "details"])
    writers: list[Writer] = []
    with watched(run, writers) as monitor:

        def progress(done: int, total: int | None) -> None:
            monitor.progress(done, total)
            order.progress(done, total)

        _carry_out(order, run, progress, writers)
    return run


def rules_in_force(study: Study) -> Rules:
    """The rules by which a study is computed in this city. Raises RulesInvalid."""
    return rules_of(study, Path(settings.STUDY_RULES_DIR) if settings.STUDY_RULES_DIR else None)


def last_standing(study: Study) -> Run | None:
    """The run that computed the published result of a study; None while there is none."""
    committed = Run.objects.filter(kind=Run.Kind.STUDY, source=study.slug, status=Run.Status.COMMITTED)
    return committed.filter(mode="standing").order_by("-pk").first()


def standing_is_due(study: Study) -> bool:
    """Whether a standing run would have anything to compute. Raises RulesInvalid."""
    try:
        basis = basis_of(study)
    except InputMissing:
        return False
    fingerprint = _fingerprint(new_run(StudyOrder(study.slug)), rules_in_force(study), basis)
    last = _last_followable(_dataset_slug(study, basis), fingerprint)
    return last is None or has_changed(study, basis, last.details["seq"])


def followed(study: Study) -> Run | None:
    """The run whose published result the next standing run can update from changes; None where there is none."""
    try:
        basis = basis_of(study)
    except InputMissing:
        return None
    fingerprint = _fingerprint(new_run(StudyOrder(study.slug)), rules_in_force(study), basis)
    return _last_followable(_dataset_slug(study, basis), fingerprint)


def note_up_to_date(study: Study, seq: int) -> None:
    """Record that no change up to `seq` concerns the published result beyond what it was computed from.

    Without this the changes of other layers could not be pruned past a study whose own layers never change.
    """
    last = followed(study)
    if last is not None and last.details["seq"] < seq:
        last.details["seq"] = seq
        last.save(update_fields=["details"])


def _carry_out(order: StudyOrder, run: Run, progress: Progress, writers: list[Writer]) -> None:
    study, began = study_of(run.source), time.monotonic()
    rules = rules_in_force(study)
    with writing(run) as writer:
        writers.append(writer)
        _one_at_a_time(study, order.private)
        seq, basis = last_change(), basis_of(study)
        progress(1, 4)
        if order.private:
            records = study.compute(inputs_of(study, basis, order.area), run.parameters, rules)
            progress(3, 4)
            base = Dataset.objects.filter(slug=_dataset_slug(study, basis)).first()
            keep_private(writer, study, records, rules, base)
            run.details["scope"] = "city" if order.area is None else "area"
        else:
            _standing(order, study, rules, writer, basis, seq, progress)
        run.details |= {"rules": rules.version, "inputs": basis.described(), "synthetic": basis.synthetic}
        run.details["seconds"] = round(time.monotonic() - began, 1)


def _standing(
    order: StudyOrder, study: Study, rules: Rules, writer: Writer, basis: Basis, seq: int, progress: Progress
) -> None:
    run = writer.run
    run.dataset = _dataset(study, basis)
    print_of_basis = _fingerprint(run, rules, basis)
    area, everything = _area(order, study, basis, run, print_of_basis)
    run.details |= {"seq": seq, "basis": print_of_basis, "scope": "city" if everything else "changes"}
    remove_erased(writer, study)
    if everything or area is not None:
        inputs = inputs_of(study, basis, area)
        run.details["subjects"] = len(inputs.frames[study.subject.kind])
        progress(2, 4)
        records = study.compute(inputs, run.parameters, rules)
        progress(3, 4)
        for slug in study.outputs:
            _write(writer, slug, records[slug], area)
    else:
        run.details |= {"scope": "nothing", "subjects": 0}
    outputs = {slug: standing_rows(kind_of(slug), run.dataset.pk) for slug in study.outputs}
    run.details["summary"] = totals(study, outputs, rules)
    progress(4, 4)


def _write(writer: Writer, slug: str, records: list[Record], area: BaseGeometry | None) -> None:
    kind = kind_of(slug)
    within = None if area is None else _stored_in(writer, slug, area) | {one.source_id for one in records}
    checked = accept(kind, records, check_bbox=False)
    writer.write(kind, checked, mode="snapshot", allow_close=1.0, within=within)


def _stored_in(writer: Writer, slug: str, area: BaseGeometry) -> set[str]:
    """Source ids of stored results that overlap the area; those that only share its edge are left out."""
    inner = GEOSGeometry(memoryview(area.buffer(-HAIR_M).wkb), srid=storage_srid())
    rows = kind_of(slug).model._default_manager.filter(dataset=writer.run.dataset, recorded_to__isnull=True)
    found = rows.filter(Q(("geom__intersects", inner)))
    return set(found.values_list("source_id", flat=True))


def _area(
    order: StudyOrder, study: Study, basis: Basis, run: Run, fingerprint: str
) -> tuple[BaseGeometry | None, bool]:
    """(area to compute, whether it is the whole city); (None, False) when nothing changed."""
    assert run.dataset is not None
    last = _last_followable(run.dataset.slug, fingerprint)
    if order.full or last is None:
        return None, True
    changes = changed_since(study, basis, last.details["seq"])
    if changes is None:
        return None, True
    if not changes:
        return None, False
    return study.affected(changes, run.parameters), False


def _last_followable(dataset: str, fingerprint: str) -> Run | None:
    """The last run of a dataset, if a standing run can update its result from changes; else None."""
    last = Run.objects.filter(dataset__slug=dataset, status=Run.Status.COMMITTED).order_by("-pk").first()
    if last is None or last.kind != Run.Kind.STUDY or last.details.get("basis") != fingerprint:
        return None
    return last


def _dataset_slug(study: Study, basis: Basis) -> str:
    """The slug of the dataset of the study's results; results of invented data have a dataset of their own."""
    return f"{study.slug}-demo" if basis.synthetic else study.slug


def _dataset(study: Study, basis: Basis) -> Dataset:
    slug = _dataset_slug(study, basis)
    dataset, _ = Dataset.objects.get_or_create(
        slug=slug, defaults={"source": study.slug, "synthetic": basis.synthetic, "licence": "CC0-1.0"}
    )
    return dataset


def _fingerprint(run: Run, rules: Rules, basis: Basis) -> str:
    """A hash of everything but the features that the stored results depend on."""
    datasets = sorted((kind, one.slug) for kind, one in basis.serving.items())
    text = repr((sorted(run.parameters.items()), rules.fingerprint, run.code_version, datasets))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _one_at_a_time(study: Study, private: bool) -> None:
    """Lock out other standing runs of the study, so that none overwrites a result of newer data with an older one."""
    if not private:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [AdvisoryLock.STANDING_RUN, study.slug])
