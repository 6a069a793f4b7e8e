"""Decisions about a datastream on its page: exclude a period, end or withdraw an exclusion, set limits, take back."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from geoportal.accounts.visitors import visitor_of
from geoportal.web.catalogue.datastream import SentForm, limit_text, render_series, series_of
from geoportal.web.faults import faults_shown
from layers.city import city
from layers.errors import DraftRefused, RollbackRefused, UnknownSeries
from layers.observations.decisions import (
    decisions,
    end_exclusion,
    exclude,
    set_limits,
    settable,
    withdraw_exclusion,
)
from layers.observations.models import Datastream, Exclusion
from layers.record import Refusal
from layers.runs.models import Run
from layers.runs.reasons import REASONS
from layers.schema.kind import LayerKind
from layers.store.edits import LONGEST_NOTE, Editor
from layers.store.rollback import rollback_run

WAS = "was."
"""Prefix of the texts with which a form was opened: only what differs from them is a wish of its editor."""


@require_POST
@faults_shown
def exclude_period(request: HttpRequest, layer: str, key: int) -> HttpResponseBase:
    """`/edit/{layer}/series/{key}/exclusions/`: `since`, `until` ("" for an open end), `note`."""
    kind, stream = series_of(request, layer, key)

    def store() -> Run:
        since = city_moment("since", _text(request, "since"), later=False)
        until = city_moment("until", _text(request, "until"), later=True) if _text(request, "until") else None
        return exclude(stream, since, until, _editor(request))

    return _decided(request, kind, stream, "exclude", store)


@require_POST
@faults_shown
def change_exclusion(request: HttpRequest, layer: str, key: int, exclusion: int) -> HttpResponseBase:
    """`/edit/{layer}/series/{key}/exclusions/{exclusion}/`: `action` end (with `until`) or withdraw; `note`."""
    kind, stream = series_of(request, layer, key)
    found = Exclusion.objects.filter(pk=exclusion, datastream=stream).select_related("datastream").first()
    if found is None:
        raise UnknownSeries(f"Datastream {key} has no exclusion {exclusion}.")

    def store() -> Run:
        if request.POST.get("action") == "withdraw":
            return withdraw_exclusion(found, _editor(request))
        return end_exclusion(found, city_moment("until", _text(request, "until"), later=True), _editor(request))

    return _decided(request, kind, stream, f"exclusion-{found.pk}", store)


@require_POST
@faults_shown
def change_limits(request: HttpRequest, layer: str, key: int) -> HttpResponseBase:
    """`/edit/{layer}/series/{key}/limits/`: a text for each limit, that of the form before with WAS, and `note`."""
    kind, stream = series_of(request, layer, key)
    return _decided(
        request, kind, stream, "limits", lambda: set_limits(stream, _limits(request.POST, stream), _editor(request))
    )


@require_POST
@faults_shown
def undo_decision(request: HttpRequest, layer: str, key: int, run: int) -> HttpResponseBase:
    """`/edit/{layer}/series/{key}/runs/{run}/undo/`: take a decision back."""
    kind, stream = series_of(request, layer, key)
    found = decisions(stream).filter(pk=run, kind=Run.Kind.EDIT).first()
    if found is None:
        raise UnknownSeries(f"There is no decision {run} about datastream {key}.")
    if found.taken_back:
        words = gettext("This decision was taken back already.")
        return render_series(request, kind, stream, alert=words, status=409)
    try:
        made = rollback_run(run, account=visitor_of(request).name)
    except RollbackRefused:
        words = gettext("Later decisions touch the same. Take those back first, the latest one first.")
        return render_series(request, kind, stream, alert=words, status=409)
    return _saved(kind, stream, made)


def _decided(
    request: HttpRequest, kind: LayerKind, stream: Datastream, form: str, store: Callable[[], Run]
) -> HttpResponseBase:
    """Store a decision; a refused one is the page again, with what was typed and the faults."""
    try:
        run = store()
    except DraftRefused as fault:
        faults = {one.field: in_words(one) for one in fault.faults}
        sent = SentForm(form, {name: str(text) for name, text in request.POST.items()}, faults)
        alert = faults.get("") or gettext("Nothing was stored. The form says what needs another look.")
        return render_series(request, kind, stream, sent=sent, alert=alert, status=422)
    return _saved(kind, stream, run)


def _saved(kind: LayerKind, stream: Datastream, run: Run) -> HttpResponseBase:
    response = redirect("series", kind.slug, stream.pk)
    response["Location"] += f"?saved={run.pk}"
    return response


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()


def _editor(request: HttpRequest) -> Editor:
    return Editor(visitor_of(request).name, note=_text(request, "note")[:LONGEST_NOTE])


def city_moment(name: str, text: str, *, later: bool) -> datetime:
    """The UTC moment of a date and time in the city's zone; of two in the hour that clocks repeat, the later one.

    Raises DraftRefused, naming the input, also for an hour that clocks leave out.
    """
    try:
        local = datetime.fromisoformat(text)
        moment = local.replace(tzinfo=city().timezone, fold=int(later)).astimezone(UTC)
        shown = moment.astimezone(city().timezone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise DraftRefused([Refusal(None, "", "no_moment", f"“{text[:40]}” is no moment.", name)]) from None
    if local.tzinfo is not None or shown != local:
        raise DraftRefused([Refusal(None, "", "no_such_hour", f"There is no {text[:40]} in the city.", name)])
    return moment


def _limits(sent: Mapping[str, str], stream: Datastream) -> dict[str, float | None]:
    """The limits that the editor wants changed. Raises DraftRefused; also where another editor changed one."""
    faults, values = [], {}
    for name in settable(stream):
        text, before, stored = map(
            _plain, (sent.get(name, ""), sent.get(WAS + name, ""), limit_text(getattr(stream, name)))
        )
        if text == before or name not in sent:
            continue
        if before != stored:
            faults.append(Refusal(None, "", "changed", f"{name} was changed meanwhile.", name))
        try:
            values[name] = _number(text)
        except ValueError:
            faults.append(Refusal(None, "", "not_a_number", f"“{text[:40]}” is no number.", name))
    if faults:
        raise DraftRefused(faults)
    return values


def _plain(text: str) -> str:
    """A number's text with a point and a hyphen, in whatever language it was written."""
    return text.strip().replace(",", ".").replace("\u2212", "-")


def _number(text: str) -> float | None:
    """The number of a plain text, None for an empty one. Raises ValueError."""
    if not text:
        return None
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def in_words(fault: Refusal) -> str:
    """The message of a fault in the visitor's language."""
    words = str(REASONS[fault.reason])
    return words[:1].upper() + words[1:] + "."
