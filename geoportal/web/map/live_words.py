"""Live values on the map page: texts of the scripts, and the grades of freshness by which values grow old there."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext

from geoportal.live.texts import both, meaning
from layers.city import City
from layers.observations.meaning.freshness import freshness_rule
from layers.observations.meaning.meanings import UNKNOWN, Grade
from layers.schema.kind import LayerKind
from layers.schema.live import type_titles
from layers.text import Text


def live_configuration(here: City, kinds: Iterable[LayerKind]) -> dict[str, Any]:
    """The zone of the city's times, the grades of freshness in the order of their numbers, and by layer the titles of
    the types of stations."""
    found = freshness_rule()
    return {
        "zone": str(here.timezone),
        "grades": [_grade(one) for one in found.grades],
        "unknown": _grade(UNKNOWN),
        "types": {
            kind.slug: {code: both(title) for code, title in type_titles(kind).items()} for kind in kinds if kind.live
        },
    }


def _grade(grade: Grade) -> dict[str, Any]:
    return meaning(grade.because(Text("", ""), freshness_rule().rule))


def live_words() -> dict[str, str]:
    """Texts of live stations, of the last 48 hours and of the air nearby."""
    return {
        "air_centre": gettext("the map's centre"),
        "air_from": gettext("Nearest stations to: {place}"),
        "air_here": gettext("where you are"),
        "air_near": gettext("Air near me"),
        "live_interrupted": gettext("Live values interrupted since {time}"),
        "live_just": gettext("just now"),
        "live_more": gettext("and {n} more"),
        "live_now": gettext("Now"),
        "live_on": gettext("Live values"),
        "live_page": gettext("Page of the station"),
        "live_past": gettext("Looking back"),
        "live_past_failed": gettext("The last 48 hours could not be loaded. Please try again."),
        "live_pause": gettext("Pause"),
        "live_play": gettext("Play"),
        "live_sign_doubt": gettext("doubtful value"),
        "live_sign_indicative": gettext("indicative sensor or one on trial"),
        "live_sign_synthetic": gettext("invented data"),
    }
