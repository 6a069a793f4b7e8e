"""OGC API Processes: studies executed with other parameters, and an echo process for testing clients."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from analysis.errors import UnknownStudy
from analysis.parameters import Number
from analysis.study import Study
from analysis.tasks import queue_private
from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.api.errors import problem
from geoportal.api.ogc.answers import HTML, JSON, chosen_format, endpoint, json_answer, link, only_known, whole_number
from geoportal.api.ogc.processes.jobs import ECHO, EXCEPTIONS, FIGURES, PRIVATE, output_names, status_info
from geoportal.http.errors import BadQuery
from geoportal.http.posted import posted
from geoportal.wording.studies import visible_studies, visible_study
from layers.access.rules import Access
from layers.kinds import kind_of

MOST_TEXT = 1000
EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
_OFFERED = {"json": JSON}
_MEMBERS = {"inputs", "outputs", "response"}


@endpoint("GET")
def processes(request: HttpRequest) -> HttpResponseBase:
    """`/ogc/processes`: the list of processes."""
    only_known(request, {"limit"})
    chosen_format(request, _OFFERED)
    limit = whole_number(request, "limit", default=100, least=1, most=1000)
    known = [_echo(request), *(_study(request, one) for one in visible_studies(request))]
    summaries = [{name: one[name] for name in one if name not in ("inputs", "outputs")} for one in known]
    body = {"processes": summaries[:limit], "links": [link(request, "self", request.get_full_path(), JSON)]}
    return json_answer(body)


@endpoint("GET")
def process(request: HttpRequest, process: str) -> HttpResponseBase:
    """`/ogc/processes/{process}`: its inputs and outputs."""
    only_known(request)
    chosen_format(request, _OFFERED)
    if process == ECHO:
        return json_answer(_echo(request))
    try:
        return json_answer(_study(request, visible_study(request, process)))
    except UnknownStudy:
        return _no_such_process()


@endpoint("POST")
def execution(request: HttpRequest, process: str) -> HttpResponseBase:
    """`/ogc/processes/{process}/execution`: queue a study as a job; the echo process responds synchronously.

    Accepts JSON only, and changes nothing but the list of jobs.
    """
    only_known(request)
    chosen_format(request, _OFFERED)
    if process == ECHO:
        return _echoed(_order(request, {"text"}, {ECHO: "value"}))
    try:
        study = visible_study(request, process)
    except UnknownStudy:
        return _no_such_process()
    return _queued(request, study)


def _no_such_process() -> HttpResponse:
    return problem(404, "There is no such process.", f"{EXCEPTIONS}no-such-process")


def _queued(request: HttpRequest, study: Study) -> HttpResponse:
    outputs = {name: "value" if name == FIGURES else "reference" for name in output_names(request, study)}
    order = _order(request, {one.name for one in study.parameters}, outputs)
    if order.get("response") == "raw" and len(order.get("outputs", outputs)) > 1:
        raise BadQuery("response: several results cannot be answered raw; ask for a document.")
    given = order["inputs"]
    for one in study.parameters:
        _checked(one, given.get(one.name, one.default))
    account = visitor_of(request).name
    result = queue_private(
        study.slug, given, access_of(request), account=account, outputs=[*order.get("outputs", ())]
    )
    headers = {"Location": request.build_absolute_uri(reverse("ogc-job", args=[result.token])), **PRIVATE}
    if "respond-async" in request.headers.get("Prefer", ""):
        headers["Preference-Applied"] = "respond-async"
    return json_answer(status_info(request, result), headers=headers, status=201)


def _checked(parameter: Number, value: Any) -> None:
    """Check a JSON value of a parameter. Raises BadQuery."""
    if not parameter.accepts(value):
        raise BadQuery(f"inputs.{parameter.name}: expected {parameter.expected}.")


def _order(request: HttpRequest, inputs: set[str], outputs: Mapping[str, str]) -> dict[str, Any]:
    """The posted execute request, with its names and types checked. Raises BadQuery, BadBody."""
    order = posted(request, {"inputs": (dict,), "outputs": (dict,), "response": (str,)})
    _named("the request", order, _MEMBERS)
    order.setdefault("inputs", {})
    for member, known in (("inputs", inputs), ("outputs", set(outputs))):
        _named(member, order.get(member, {}), known)
    for name, how in order.get("outputs", {}).items():
        _named(f"outputs.{name}", how, {"transmissionMode"})
        if how.get("transmissionMode", outputs[name]) != outputs[name]:
            raise BadQuery(f"outputs.{name}.transmissionMode: this result is given by {outputs[name]}.")
    if order.get("response", "document") not in ("raw", "document"):
        raise BadQuery("response: expected raw or document.")
    return order


def _named(what: str, given: Any, known: set[str]) -> None:
    if not isinstance(given, dict):
        raise BadQuery(f"{what}: expected an object.")
    if unknown := sorted(set(given) - known):
        there_are = ", ".join(sorted(known)) or "none"
        raise BadQuery(f"{what}: there is no “{unknown[0][:40]}”; there are: {there_are}.")


def _echoed(order: dict[str, Any]) -> HttpResponse:
    text = order["inputs"].get("text")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise BadQuery(f"inputs.text: expected a text of at most {MOST_TEXT} characters.")
    if order.get("response") == "raw":
        return HttpResponse(text.encode(errors="replace"), content_type="text/plain; charset=utf-8")
    return json_answer({ECHO: text}, headers={"Cache-Control": "no-store"})


def _echo(request: HttpRequest) -> dict[str, Any]:
    text = {"type": "string", "maxLength": MOST_TEXT}
    return {
        "id": ECHO,
        "title": gettext("Echo"),
        "description": gettext("Answers the text it is given: to try a client with."),
        "version": "1.0.0",
        "jobControlOptions": ["sync-execute"],
        "outputTransmission": ["value"],
        "inputs": {"text": {"title": gettext("Text"), "schema": text, "minOccurs": 1, "maxOccurs": 1}},
        "outputs": {ECHO: {"title": gettext("The same text"), "schema": {"type": "string"}}},
        "links": _links(request, ECHO),
    }


def _study(request: HttpRequest, study: Study) -> dict[str, Any]:
    page = link(request, "about", reverse("study", args=[study.slug]), HTML, str(study.title))
    return {
        "id": study.slug,
        "title": str(study.title),
        "description": f"{study.question} {study.description}",
        "version": "1.0.0",
        "jobControlOptions": ["async-execute"],
        "outputTransmission": ["value", "reference"],
        "inputs": {one.name: _input(one) for one in parameters_offered(access_of(request), study)},
        "outputs": {FIGURES: _figures(), **{name: _layer(name) for name in output_names(request, study)[1:]}},
        "links": [*_links(request, study.slug), page],
    }


def parameters_offered(access: Access, study: Study) -> list[Number]:
    """Parameters whose values the visitor may change."""
    return [one for one in study.parameters if access.reaches(one.level)]


def _input(parameter: Number) -> dict[str, Any]:
    title = f"{parameter.title} [{parameter.unit}]" if parameter.unit else str(parameter.title)
    made = {"title": title, "schema": parameter.schema, "minOccurs": 0, "maxOccurs": 1}
    return made | ({"description": str(parameter.note)} if parameter.note else {})


def _figures() -> dict[str, Any]:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}, "tables": {"type": "object"}}}
    return {"title": gettext("The answer and its tables"), "schema": schema}


def _layer(slug: str) -> dict[str, Any]:
    return {
        "title": str(kind_of(slug).title),
        "schema": {"$ref": "https://geojson.org/schema/FeatureCollection.json"},
    }


def _links(request: HttpRequest, process: str) -> list[dict[str, Any]]:
    return [
        link(request, "self", reverse("ogc-process", args=[process]), JSON),
        link(request, EXECUTE, reverse("ogc-execution", args=[process]), JSON, gettext("Compute")),
    ]
