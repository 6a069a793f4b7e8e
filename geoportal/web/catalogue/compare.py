"""Comparison of stations that measure the same, and of the years of one datastream."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.web.catalogue.chart import Option, chart_context, given_choice, stream_options
from geoportal.web.faults import faults_shown
from layers.city import city
from layers.errors import BadSeries, UnknownKind
from layers.observations.live.choices import MOST_SERIES, MOST_YEARS, chart_choice
from layers.observations.live.names import property_name
from layers.observations.live.windows import is_synthetic
from layers.observations.models import Datastream
from layers.observations.selection import visible_streams
from layers.observations.specs import MEASUREMENT

FIRST_STATIONS, FIRST_YEARS = 3, 2
"""So many are compared at first."""


@require_safe
@faults_shown
def compare(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/catalogue/{layer}/compare/?property=PM10&series=…`, or with `year=` the years of one datastream."""
    kind, access = visible_kind(request, layer), access_of(request)
    if not kind.series:
        raise UnknownKind(f"Layer {kind.slug} has no observations.")
    streams = list(
        visible_streams(access)
        .filter(thing__kind=kind.slug, observation_type=MEASUREMENT)
        .select_related("thing__dataset", "observed_property")
        .order_by("thing__name", "pk")
    )
    code = _property(request, streams)
    alike = [one for one in streams if one.observed_property.code == code]
    years = request.GET.get("by") == "years"
    default = alike[: 1 if years else FIRST_STATIONS]
    choice, given = given_choice(request, kind, _of_one_unit(default), ("property", "by"))
    context: dict[str, Any] = {"kind": kind, "zone": city().timezone.key, "property": code}
    years = years or bool(choice and choice.years)
    if years and choice is not None and not choice.years:
        given["year"] = [str(now().astimezone(city().timezone).year - back) for back in range(FIRST_YEARS)]
        given = {name: given[name] for name in ("series", "year")}
        choice = chart_choice(access, kind, given, now())
    context |= chart_context(kind, choice, given, years=years)
    context |= {"properties": _properties(streams, code), "options": stream_options(alike, choice, by_station=True)}
    context |= {"years": _years(choice.years if choice else ()), "most": MOST_SERIES, "most_years": MOST_YEARS}
    context["synthetic"] = any(is_synthetic(one) for one in (choice.streams if choice else ()))
    return render(request, "catalogue/compare.html", context)


def _of_one_unit(streams: list[Datastream]) -> list[Datastream]:
    return [one for one in streams if one.unit_symbol == streams[0].unit_symbol]


def _property(request: HttpRequest, streams: list[Datastream]) -> str:
    """The property that is compared: that of the address, of its first datastream, else the first of the layer."""
    codes = {one.observed_property.code for one in streams}
    asked = request.GET.get("property", "")
    if asked and asked not in codes:
        raise BadSeries(f"property={asked[:40]} is not measured in this layer; there are {', '.join(sorted(codes))}.")
    first = request.GET.get("series", "")
    of_first = next((one.observed_property.code for one in streams if str(one.pk) == first), "")
    return asked or of_first or (streams[0].observed_property.code if streams else "")


def _properties(streams: list[Datastream], code: str) -> list[Option]:
    names = {one.observed_property.code: str(property_name(one.observed_property)) for one in streams}
    found = sorted(names.items(), key=lambda one: one[1].casefold())
    return [Option(value, title, value == code) for value, title in found]


def _years(chosen: tuple[int, ...]) -> list[Option]:
    this_year = now().astimezone(city().timezone).year
    shown = sorted({*range(this_year - MOST_YEARS + 1, this_year + 1), *chosen}, reverse=True)
    return [Option(str(one), str(one), one in chosen) for one in shown]
