"""The table that each benchmark ends with: figure, value, target, whether it is reached, and the machine's load."""

import math
import os
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its target. Without a target it is printed for information."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        """The target in words, "-" without one."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "-" if self.at_most is None else f"at most {self.at_most:g}"

    @property
    def verdict(self) -> str:
        """Either "ok" or "short", "-" without a target."""
        if self.at_least is None and self.at_most is None:
            return "-"
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return "ok" if low <= self.value <= high else "short"


@dataclass
class Report:
    """The figures of one benchmark, and the load average of the last minute when it started."""

    benchmark: str
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """Add a figure: a ratio, or a quantity whose unit stands in the name."""
        self.figures.append(Figure(name, value, at_least, at_most))

    def print(self) -> None:
        """Print the table, columns apart by two spaces or more."""
        rows = [(one.name, f"{one.value:.2f}", one.target, one.verdict) for one in self.figures]
        heads = (self.benchmark, "figure", "target", "result")
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        print()
        for row in (heads, *rows):
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        print(f"load average at the start: {self.load:.2f} on {os.cpu_count()} processors")
