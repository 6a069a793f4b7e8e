"""The time limit of drawing a sheet."""

import time
from dataclasses import dataclass, field

from django.utils.translation import gettext

from geoportal.cartography.printing.errors import BadPrint


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline `seconds` after its creation."""

    seconds: float
    started: float = field(default_factory=time.monotonic)

    def left_s(self) -> float:
        """Seconds left. Raises BadPrint when the deadline has passed."""
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise self.error()
        return left

    def error(self) -> BadPrint:
        """The error to raise when the deadline has passed; returned, not raised."""
        return BadPrint(
            gettext("Drawing this sheet takes too long; choose a larger scale, a smaller paper or fewer layers.")
        )
