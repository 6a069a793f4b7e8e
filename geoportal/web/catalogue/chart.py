"""What the pages with a chart have in common: the form of its choice, and what its script needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language, gettext

from geoportal.accounts.rights import access_of
from geoportal.wording.charts import last_titles, range_titles, statistic_titles
from geoportal.wording.series import measured
from layers.city import city
from layers.observations.live.choices import PARAMETERS, ChartChoice, chart_choice
from layers.observations.live.names import property_name
from layers.observations.models import Datastream
from layers.schema.kind import LayerKind

Given = Mapping[str, Sequence[str]]
DEFAULT_RANGE = "7d"


@dataclass(frozen=True, slots=True)
class Option:
    """A value of the form that can be chosen."""

    value: str
    title: str
    chosen: bool
    detail: str = ""


def given_choice(
    request: HttpRequest, kind: LayerKind, default: Sequence[Datastream], others: Sequence[str] = ()
) -> tuple[ChartChoice | None, dict[str, list[str]]]:
    """The choice in the page's address, and its parameters; without series in it the default ones are taken.

    `others` are parameters of the page that are none of the chart. None where there is nothing to show.
    Raises BadSeries, BadMoment, UnknownSeries.
    """
    given = {name: [one for one in texts if one] for name, texts in request.GET.lists() if name not in others}
    given = {name: texts for name, texts in given.items() if texts}
    if "series" not in given:
        if not default:
            return None, given
        given["series"] = [str(one.pk) for one in default]
    return chart_choice(access_of(request), kind, given, now()), given


def chart_context(
    kind: LayerKind, choice: ChartChoice | None, given: Given, *, years: bool = False
) -> dict[str, Any]:
    """The form and the script's configuration."""
    language, shown = get_language() or "pl", choice.range if choice else DEFAULT_RANGE
    return {
        "choice": choice,
        "chart_range": shown,
        "ranges": [Option(code, title, shown == code, last_titles()[code]) for code, title in range_titles().items()],
        "statistics": [
            Option(code, title, given.get("statistic", [""])[0] == code)
            for code, title in {"": gettext("automatic"), **statistic_titles()}.items()
        ],
        "since": _local_day(choice, "start") if choice and not choice.range else "",
        "until": _local_day(choice, "end") if choice and not choice.range else "",
        "csv": f"{reverse('chart-csv', args=[kind.slug])}?{choice.query}" if choice else "",
        "comparing_years": years,
        "configuration": {
            "language": language,
            "words": chart_words(),
            "chart": {
                "data": reverse("chart-json", args=[kind.slug]),
                "file": reverse("chart-csv", args=[kind.slug]),
                "zone": city().timezone.key,
                "parameters": PARAMETERS,
                "given": [[name, text] for name, texts in given.items() for text in texts if name != "lang"],
            },
        },
    }


def _local_day(choice: ChartChoice, name: str) -> str:
    return str(getattr(choice, name).astimezone(city().timezone).date().isoformat())


def stream_options(streams: Sequence[Datastream], choice: ChartChoice | None, *, by_station: bool) -> list[Option]:
    """Datastreams as options of the form, named by station or by what they measure."""
    chosen = {one.pk for one in choice.streams} if choice else set()
    return [
        Option(
            str(one.pk),
            one.thing.name if by_station else str(property_name(one.observed_property)) or measured(one),
            one.pk in chosen,
            one.unit_symbol,
        )
        for one in streams
    ]


def chart_words() -> dict[str, str]:
    """Texts of the chart's scripts."""
    return {
        "chart_loading": gettext("The values are being loaded."),
        "chart_failed": gettext("The values could not be loaded. Try again in a moment."),
        "chart_refused": gettext("This chart cannot be drawn."),
        "chart_label": gettext("Chart: {title}, {period}. {sentences}"),
        "chart_nothing": gettext("No values in this period."),
        "chart_time": gettext("Time"),
        "chart_day": gettext("Day"),
        "chart_rows": gettext("Rows {first} to {last} of {all}"),
        "chart_before": gettext("Earlier rows"),
        "chart_after": gettext("Later rows"),
        "chart_excluded": gettext("excluded"),
        "chart_doubtful": gettext("doubtful values: {n}"),
        "chart_range": gettext("from {lowest} to {highest}"),
        "chart_ranges": gettext("Tinted: from the lowest to the highest measurement"),
        "chart_samples": gettext("{n} measurements"),
        "chart_covered": gettext("coverage {percent} %"),
        "chart_no_value": gettext("no value"),
        "chart_thresholds": gettext("Lines"),
        "chart_above": gettext("outside the chart"),
        "chart_exclusion": gettext("Excluded {period}: {reason}"),
        "chart_automatic": gettext("chosen to fit the period"),
        "chart_sign_range": gettext("× outside the possible range"),
        "chart_sign_step": gettext("▲ sudden change or doubtful part"),
        "chart_sign_stuck": gettext("■ does not change any more"),
        "chart_hatched": gettext("Excluded values are hatched"),
    }
