"""Live values of stations in words."""

import math

from django.utils.translation import gettext

from geoportal.wording.series import age, in_unit
from geoportal.wording.values import NO_BREAK
from layers.observations.live.judging import SeriesState, StationState

DECIMALS = 2


def value_words(state: SeriesState) -> str:
    """The last value with its unit and what it is: "152 cm, water level"; "" without a number."""
    if not math.isfinite(state.value):
        return ""
    return f"{in_unit(state.value, state.series.unit, DECIMALS)}, {state.series.name}"


DOUBTFUL, INDICATIVE, SYNTHETIC = "(?)", "~", "*"
"""Signs beside the value of a station on a map, as `static/js/map-page/live-words.js` has them."""
_SIGNS = {
    **dict.fromkeys(("range", "step", "spike", "stuck", "excluded", "ended"), DOUBTFUL),
    **dict.fromkeys(("indicative", "test"), INDICATIVE),
    "synthetic": SYNTHETIC,
}


def station_signs(state: StationState) -> list[tuple[str, str]]:
    """The signs beside the value of a station on a map, each with what it means."""
    words = {
        DOUBTFUL: gettext("doubtful value"),
        INDICATIVE: gettext("indicative sensor or one on trial"),
        SYNTHETIC: gettext("invented data"),
    }
    there = {_SIGNS[one.code] for one in state.marks if one.code in _SIGNS}
    return [(sign, text) for sign, text in words.items() if sign in there]


def station_value(state: StationState) -> str:
    """The value of a station on a map with its signs: "~152 cm* (?)"; "" without a number."""
    main = state.main
    if not math.isfinite(main.value):
        return ""
    signs = {sign for sign, _ in station_signs(state)}
    before, after = (sign if sign in signs else "" for sign in (INDICATIVE, SYNTHETIC))
    doubt = f"{NO_BREAK}{DOUBTFUL}" if DOUBTFUL in signs else ""
    return f"{before}{in_unit(main.value, main.series.unit, DECIMALS)}{after}{doubt}"


def mark_words(state: SeriesState) -> str:
    """What is doubtful about the last value, and whether it is too old; "" for nothing."""
    words = [str(one.text) for one in state.marks]
    if state.at is not None and state.freshness.code != "live":
        words.append(str(state.freshness.name))
    return ", ".join(dict.fromkeys(words))


def live_words(state: StationState) -> dict[str, str]:
    """The live values of a station by the names of `layers.schema.live.STATION_VALUES`."""
    main = state.main
    return {
        "live_state": str(state.meaning.name),
        "live_value": value_words(main),
        "live_at": "" if main.at is None else age(main.at),
        "live_marks": mark_words(main),
    }
