"""What is doubtful about a value: synthetic, indicative, flagged, excluded, silent. Shown wherever the value is."""

from collections.abc import Iterable
from dataclasses import dataclass

from layers.observations.quality import Flag
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Mark:
    """A doubt about a value: a code for programs, and words."""

    code: str
    text: Text


SYNTHETIC = Mark("synthetic", Text("dane zmyślone", "invented data"))
EXCLUDED = Mark("excluded", Text("wyłączone przez redaktora", "excluded by an editor"))
BY_STANDING = {
    "indicative": Mark("indicative", Text("czujnik wskaźnikowy", "indicative sensor")),
    "test": Mark("test", Text("czujnik na próbę", "sensor on trial")),
    "ended": Mark("ended", Text("stacja zamknięta", "closed station")),
}
"""Marks of stations that are not reference stations, by their `standing`."""
BY_FLAG = {
    Flag.RANGE: Mark("range", Text("poza możliwym zakresem", "outside the possible range")),
    Flag.STEP: Mark("step", Text("nagła zmiana", "sudden change")),
    Flag.SPIKE: Mark("spike", Text("skok tam i z powrotem", "jump there and back")),
    Flag.STUCK: Mark("stuck", Text("nie zmienia się", "does not change any more")),
}
"""Marks of automatic quality control, by the bit of a value's flags."""


def marks(*, flags: int = 0, excluded: bool = False, standing: str = "", synthetic: bool = False) -> tuple[Mark, ...]:
    """The marks of a value; `standing` is that of its station."""
    found: Iterable[Mark | None] = (
        SYNTHETIC if synthetic else None,
        BY_STANDING.get(standing),
        *(mark for flag, mark in BY_FLAG.items() if flags & flag),
        EXCLUDED if excluded else None,
    )
    return tuple(one for one in found if one is not None)
