"""OpenAPI paths of processes and jobs."""

from collections.abc import Sequence
from typing import Any

from analysis.studies import STUDIES
from analysis.study import Study
from geoportal.api.ogc.answers import JSON
from geoportal.api.ogc.processes.jobs import ECHO, FIGURES, MOST_JOBS, STATUSES
from geoportal.api.ogc.processes.processes import MOST_TEXT
from geoportal.api.ogc.schemas import ANY_OBJECT, LINKS, MOMENTS, Described, content, in_path, operation, parameter
from layers.schema.kind import LayerKind

TAG = "Processes"
_ONLY_JSON = {"json": JSON}
_TEXT = {"type": "string"}
_STATUS_INFO: Described = {
    "type": "object",
    "required": ["jobID", "status", "type", "processID", "links"],
    "properties": {
        "processID": _TEXT,
        "type": {"type": "string", "enum": ["process"]},
        "jobID": _TEXT,
        "status": {"type": "string", "enum": list(STATUSES)},
        "message": _TEXT,
        **{name: {"type": "string", "format": "date-time"} for name in ("created", "started", "finished", "updated")},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "links": LINKS,
    },
}


def described(kinds: Sequence[LayerKind]) -> dict[str, Described]:
    """The OpenAPI paths of the processes that the visitor may use, and of jobs."""
    seen = {kind.slug for kind in kinds}
    studies = [study for study in STUDIES.values() if seen & set(study.outputs)]
    names = [ECHO, *(study.slug for study in studies)]
    paths: dict[str, Described] = {
        "/processes": {"get": _list("getProcesses", "What can be computed", "processes")},
        "/processes/{processID}": {
            "parameters": [in_path("processID", {"type": "string", "enum": names})],
            "get": operation(
                "getProcess", "Inputs and outputs", TAG, schema=_process(True), offered=_ONLY_JSON, refused=(400, 404)
            ),
        },
        f"/processes/{ECHO}/execution": {"post": _echo()},
    }
    for study in studies:
        paths[f"/processes/{study.slug}/execution"] = {"post": _execution(study, seen)}
    return paths | _jobs(names)


def _jobs(processes: Sequence[str]) -> dict[str, Described]:
    results = {"type": "object", "additionalProperties": ANY_OBJECT}
    status = operation("getJob", "How far a job is", TAG, schema=_STATUS_INFO, offered=_ONLY_JSON, refused=(400, 404))
    ended = operation(
        "dismissJob", "End a job", TAG, schema=_STATUS_INFO, offered=_ONLY_JSON, refused=(400, 403, 404)
    )
    found = operation(
        "getResults", "What a job found", TAG, schema=results, offered=_ONLY_JSON, refused=(400, 404, 409)
    )
    token = [in_path("jobID", {"type": "string", "minLength": 1, "maxLength": 40})]
    return {
        "/jobs": {"get": _job_list(processes)},
        "/jobs/{jobID}": {"parameters": token, "get": status, "delete": ended},
        "/jobs/{jobID}/results": {"parameters": token, "get": found},
    }


def _limit(most: int) -> Described:
    return parameter(
        "limit", {"type": "integer", "minimum": 1, "default": 100}, f"At most this many; {most} at most."
    )


def _list(name: str, summary: str, member: str) -> Described:
    schema = {
        "type": "object",
        "required": [member, "links"],
        "properties": {member: {"type": "array", "items": _process(False)}, "links": LINKS},
    }
    return operation(name, summary, TAG, schema=schema, offered=_ONLY_JSON, parameters=[_limit(1000)], refused=(400,))


def _process(whole: bool) -> Described:
    texts = {"type": "array", "items": _TEXT}
    known: Described = {"id": _TEXT, "title": _TEXT, "description": _TEXT, "version": _TEXT}
    known |= {"jobControlOptions": texts, "outputTransmission": texts, "links": LINKS}
    if whole:
        known |= {name: {"type": "object", "additionalProperties": ANY_OBJECT} for name in ("inputs", "outputs")}
    return {"type": "object", "required": ["id", "version", "jobControlOptions"], "properties": known}


def _job_list(processes: Sequence[str]) -> Described:
    def several(name: str, values: Sequence[str]) -> Described:
        schema = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(values)}}
        return parameter(name, schema, style="form", explode=False)

    seconds: dict[str, Any] = {"type": "integer", "minimum": 0}
    schema = {
        "type": "object",
        "required": ["jobs", "links"],
        "properties": {"jobs": {"type": "array", "items": _STATUS_INFO}, "links": LINKS},
    }
    parameters = [
        several("type", ["process"]),
        several("processID", processes),
        several("status", STATUSES),
        parameter("datetime", MOMENTS, "When it was asked for: a day, a moment or a period."),
        parameter("minDuration", seconds, "Computed for at least so many seconds."),
        parameter("maxDuration", seconds, "Computed for at most so many seconds."),
        _limit(MOST_JOBS),
    ]
    return operation(
        "getJobs", "Your own jobs", TAG, schema=schema, offered=_ONLY_JSON, parameters=parameters, refused=(400,)
    )


def _order(inputs: Described, required: Sequence[str], outputs: dict[str, str]) -> Described:
    """The schema of an execute request: inputs and outputs."""
    wanted = {
        name: {
            "type": "object",
            "additionalProperties": False,
            "properties": {"transmissionMode": {"type": "string", "enum": [how]}},
        }
        for name, how in outputs.items()
    }
    given: Described = {"type": "object", "additionalProperties": False, "properties": inputs}
    schema: Described = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "inputs": given | ({"required": list(required)} if required else {}),
            "outputs": {"type": "object", "additionalProperties": False, "properties": wanted},
            "response": {"type": "string", "enum": ["document"] if len(outputs) > 1 else ["document", "raw"]},
        },
    }
    if required:
        schema["required"] = ["inputs"]
    return {"required": True, "content": content({JSON: schema})}


def _echo() -> Described:
    body = _order({"text": {"type": "string", "maxLength": MOST_TEXT}}, ["text"], {ECHO: "value"})
    schema = {"type": "object", "required": [ECHO], "properties": {ECHO: _TEXT}}
    answers = {"200": {"description": "The same text", "content": content({JSON: schema, "text/plain": _TEXT})}}
    return operation(
        "executeEcho",
        "Answers the text it is given",
        TAG,
        offered=_ONLY_JSON,
        refused=(400, 403, 415),
        requestBody=body,
        responses=answers,
    )


def _execution(study: Study, seen: set[str]) -> Described:
    inputs = {one.name: {"title": str(one.title), **one.schema} for one in study.parameters}
    outputs = {FIGURES: "value", **{slug: "reference" for slug in study.outputs if slug in seen}}
    location = {"Location": {"description": "The job", "schema": _TEXT}}
    made = {"description": "A job is waiting", "headers": location, "content": content({JSON: _STATUS_INFO})}
    described = operation(
        f"execute_{study.slug}",
        str(study.title),
        TAG,
        offered=_ONLY_JSON,
        refused=(400, 403, 409, 415, 429),
        requestBody=_order(inputs, [], outputs),
        responses={"201": made},
    )
    del described["responses"]["200"]
    return described
