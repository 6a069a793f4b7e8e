"""The moment until which a sheet must be ready: nobody may keep the portal busy for longer."""

import time
from dataclasses import dataclass, field

from django.utils.translation import gettext

from geoportal.cartography.printing.errors import BadPrint


@dataclass(frozen=True, slots=True)
class Deadline:
    """So many seconds from now on."""

    seconds: float
    started: float = field(default_factory=time.monotonic)

    def left_s(self) -> float:
        """Seconds that are left. Raises BadPrint when none are."""
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> BadPrint:
        """The fault of a sheet that takes too long."""
        return BadPrint(
            gettext("Drawing this sheet takes too long; choose a larger scale, a smaller paper or fewer layers.")
        )
