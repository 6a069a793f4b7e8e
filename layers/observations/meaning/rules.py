"""Reads the rule files of this folder: classes, versions with validity, numbers."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from layers.errors import RulesInvalid
from layers.observations.meaning.meanings import Grade, Rule, Shape, Sure
from layers.text import Text

FOLDER = Path(__file__).parent


@lru_cache(maxsize=32)
def rule_file(path: Path) -> Mapping[str, Any]:
    """The content of a TOML file of rules. Raises RulesInvalid naming the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise RulesInvalid(f"Rule file {path} cannot be read: {fault}.") from fault


def text(raw: Mapping[str, str]) -> Text:
    """A text of a rule file: `{ pl = "…", en = "…" }`."""
    return Text(raw["pl"], raw["en"])


def grades(raw: list[dict[str, Any]]) -> tuple[Grade, ...]:
    """Classes in the order of the file. Raises RulesInvalid where two share code, colour or shape."""
    made = tuple(Grade(at, one["code"], text(one), one["colour"], Shape(one["shape"])) for at, one in enumerate(raw))
    for name in ("code", "colour", "shape"):
        if len({getattr(one, name) for one in made}) < len(made):
            raise RulesInvalid(f"Two classes of {[one.code for one in made]} have the same {name}.")
    return made


def rule(raw: Mapping[str, Any]) -> Rule:
    """The origin of a table: its keys version, label, source, sure, since and until."""
    return Rule(
        raw["version"], text(raw["label"]), raw["source"], Sure(raw["sure"]), raw.get("since"), raw.get("until")
    )


def rising(limits: list[float]) -> tuple[float, ...]:
    """Limits between classes. Raises RulesInvalid unless each is above the one before."""
    if any(high <= low for low, high in zip(limits, limits[1:], strict=False)):
        raise RulesInvalid(f"Limits {limits} do not rise.")
    return tuple(float(one) for one in limits)
