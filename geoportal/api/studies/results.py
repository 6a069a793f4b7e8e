"""Studies for programs: published figures, the progress of a trial, and features of both results."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from analysis.public_summary import PublicSummary
from analysis.running.result_rows import features_of
from analysis.study import Study
from geoportal.accounts.rights import access_of
from geoportal.api.errors import faults_answered, problem
from geoportal.wording.amounts import in_sentence
from geoportal.wording.studies import outputs_seen, private_result, published, visible_study
from geoportal.wording.values import in_words
from layers.access.rules import fields_for
from layers.crs import WGS84
from layers.errors import UnknownKind
from layers.jobs.queue import is_open
from layers.reading.selection import select
from layers.schema.kind import KindField, LayerKind

PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
SHAPE = AsGeoJSON(Transform("geom", WGS84), precision=7)


@require_safe
@faults_answered
def study_figures(request: HttpRequest, study: str) -> HttpResponseBase:
    """`/studies/{study}.json`: the public summary of the published result."""
    asked = visible_study(request, study)
    found = published(asked)
    if found is None:
        return problem(404, f"The study {study} has not been computed yet.")
    body = {
        "study": asked.slug,
        "title": str(asked.title),
        "computed": found.computed_at.isoformat(),
        "synthetic": found.synthetic,
        "rules": found.run.details.get("rules"),
        "parameters": found.run.parameters,
        "inputs": found.run.details.get("inputs"),
        **summary_json(found.public_summary),
    }
    return JsonResponse(body, headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"})


@require_safe
@faults_answered
def trial_state(request: HttpRequest, study: str, token: str) -> HttpResponseBase:
    """The progress of a trial, with its figures when finished."""
    asked = visible_study(request, study)
    run = private_result(asked, token).run
    body: dict[str, Any] = {
        "status": run.status,
        "done": run.progress_done,
        "total": run.progress_total,
        "ended": not is_open(run),
    }
    return JsonResponse(body, headers=PRIVATE)


@require_safe
@faults_answered
def published_features(request: HttpRequest, study: str, layer: str) -> HttpResponseBase:
    """Features of the published result as GeoJSON for the study's map; the property `said` is their label."""
    kind = _output(request, visible_study(request, study), layer)
    chosen = select(access_of(request), kind)
    shown = fields_for(access_of(request), kind)
    columns = [field.name for field in shown]
    rows = chosen.rows().annotate(shape=SHAPE).order_by("source_id") if chosen else ()
    features = [
        _feature(shown, row.source_id, {name: getattr(row, name) for name in columns}, row.shape) for row in rows
    ]
    return _collection(features, {"Cache-Control": "no-cache"})


@require_safe
@faults_answered
def trial_features(request: HttpRequest, study: str, token: str, layer: str) -> HttpResponseBase:
    """The same of a trial's result."""
    asked = visible_study(request, study)
    kind = _output(request, asked, layer)
    shown = fields_for(access_of(request), kind)
    found = features_of(private_result(asked, token), kind)
    return _collection([_feature(shown, row["source_id"], row, row["shape"]) for row in found], PRIVATE)


def _output(request: HttpRequest, study: Study, layer: str) -> LayerKind:
    """A result layer of the study that the visitor may see. Raises UnknownKind."""
    for kind in outputs_seen(access_of(request), study):
        if kind.slug == layer:
            return kind
    raise UnknownKind(f"The study {study.slug} makes no layer “{layer[:40]}”.")


def _feature(fields: Sequence[KindField], source_id: str, values: Mapping[str, Any], shape: str) -> dict[str, Any]:
    texts = ((str(field.title), in_words(field, values.get(field.name))) for field in fields)
    known = {field.name: values.get(field.name) for field in fields}
    label = [[title, words] for title, words in texts if words]
    properties = known | {"source_id": source_id, "said": label}
    return {"type": "Feature", "geometry": json.loads(shape), "properties": properties}


def _collection(features: list[dict[str, Any]], headers: dict[str, str]) -> JsonResponse:
    body = {"type": "FeatureCollection", "features": features}
    return JsonResponse(body, headers=headers, content_type="application/geo+json")


def summary_json(public_summary: PublicSummary) -> dict[str, Any]:
    """The public summary as JSON: answer and tables, amounts as rounded numbers, null for figures of too few."""
    return {
        "answer": " ".join(in_sentence(one) for one in public_summary.answer),
        "tables": {
            table.slug: [
                {"title": str(row.title), "values": [amount.value for amount in row.amounts]} for row in table.rows
            ]
            for table in public_summary.tables
        },
    }
