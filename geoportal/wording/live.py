"""Live values of stations in words."""

import math

from geoportal.wording.series import age, in_unit
from layers.observations.live.judging import SeriesState, StationState

DECIMALS = 2


def value_words(state: SeriesState) -> str:
    """The last value with its unit and what it is: "152 cm, water level"; "" without a number."""
    if not math.isfinite(state.value):
        return ""
    return f"{in_unit(state.value, state.series.unit, DECIMALS)}, {state.series.name}"


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
