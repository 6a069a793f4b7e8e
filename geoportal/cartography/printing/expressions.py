"""Evaluation of MapLibre style expressions: the subset that the kinds' styles use.

https://maplibre.org/maplibre-style-spec/expressions/ . Unknown operators raise UnknownStyle, so that a sheet never
shows a wrong colour; a test checks every kind's style.
"""

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from geoportal.cartography.printing.colors import Color, color_of
from geoportal.cartography.printing.errors import UnknownStyle


@dataclass(frozen=True, slots=True)
class Scene:
    """The input of an evaluation: properties and geometry type of one feature, and the zoom."""

    zoom: float
    geometry: str = ""
    properties: dict[str, Any] = field(default_factory=dict)


Operator = Callable[[list[Any], Scene], Any]


def evaluate(expression: Any, scene: Scene) -> Any:
    """The value of an expression. Raises UnknownStyle for unknown operators."""
    if not isinstance(expression, list | tuple):
        return expression
    if not expression or not isinstance(expression[0], str) or expression[0] not in OPERATORS:
        raise UnknownStyle(f"Printing does not know the expression {expression!r}.")
    return OPERATORS[expression[0]](list(expression[1:]), scene)


def check(expression: Any) -> None:
    """Raises UnknownStyle where any part of an expression is unknown, also in branches not evaluated."""
    if not isinstance(expression, list | tuple):
        return
    if not expression or expression[0] not in OPERATORS:
        raise UnknownStyle(f"Printing does not know the expression {expression!r}.")
    for part in operands(expression):
        check(part)


def properties_of(expression: Any) -> Iterator[str]:
    """Names of the properties that an expression reads."""
    if not isinstance(expression, list | tuple) or not expression:
        return
    if expression[0] in ("get", "has"):
        yield expression[1]
        return
    for part in operands(expression):
        yield from properties_of(part)


def operands(expression: list[Any] | tuple[Any, ...]) -> list[Any]:
    """The parts of an expression that are expressions themselves, without labels, stops and literals."""
    name, parts = expression[0], list(expression[1:])
    if name in ("literal", "get", "has"):
        return []
    if name == "match":
        return [parts[0], *parts[2:-1:2], parts[-1]]
    if name == "interpolate":
        return [parts[1], *parts[3::2]]
    if name == "step":
        return [parts[0], parts[1], *parts[3::2]]
    return parts


def _match(parts: list[Any], scene: Scene) -> Any:
    value = evaluate(parts[0], scene)
    for labels, result in zip(parts[1:-1:2], parts[2:-1:2], strict=True):
        known = labels if isinstance(labels, list | tuple) else [labels]
        if value in known:
            return evaluate(result, scene)
    return evaluate(parts[-1], scene)


def _case(parts: list[Any], scene: Scene) -> Any:
    for condition, result in zip(parts[:-1:2], parts[1:-1:2], strict=True):
        if evaluate(condition, scene):
            return evaluate(result, scene)
    return evaluate(parts[-1], scene)


def _step(parts: list[Any], scene: Scene) -> Any:
    value, chosen = evaluate(parts[0], scene), parts[1]
    for stop, result in zip(parts[2::2], parts[3::2], strict=True):
        if value >= stop:
            chosen = result
    return evaluate(chosen, scene)


def _interpolate(parts: list[Any], scene: Scene) -> Any:
    kind, stops, results = parts[0], parts[2::2], parts[3::2]
    if kind[0] not in ("linear", "exponential"):
        raise UnknownStyle(f"Printing does not know the interpolation {kind!r}.")
    base = kind[1] if kind[0] == "exponential" else 1
    value = evaluate(parts[1], scene)
    after = next((index for index, stop in enumerate(stops) if stop > value), len(stops))
    if after in (0, len(stops)):
        return evaluate(results[max(after - 1, 0)], scene)
    low, high = stops[after - 1], stops[after]
    share = _share(value - low, high - low, base)
    return _between(evaluate(results[after - 1], scene), evaluate(results[after], scene), share)


def _share(gone: float, whole: float, base: float) -> float:
    return gone / whole if base == 1 else (base**gone - 1) / (base**whole - 1)


def _between(low: Any, high: Any, share: float) -> Any:
    if isinstance(low, str | Color):
        return color_of(low).towards(color_of(high), share)
    return low + (high - low) * share


def _coalesce(parts: list[Any], scene: Scene) -> Any:
    values = (evaluate(part, scene) for part in parts)
    return next((value for value in values if value is not None), None)


def _get(parts: list[Any], scene: Scene) -> Any:
    return scene.properties.get(parts[0])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(parts: list[Any], scene: Scene) -> float:
    for part in parts:
        value = evaluate(part, scene)
        try:
            return float(value or 0)
        except (TypeError, ValueError):
            continue
    raise UnknownStyle(f"Nothing in {parts!r} is a number.")


def _compared(compare: Callable[[Any, Any], bool]) -> Operator:
    def comparing(parts: list[Any], scene: Scene) -> bool:
        left, right = (evaluate(part, scene) for part in parts[:2])
        return left is not None and right is not None and compare(left, right)

    return comparing


def _of_values(function: Callable[[list[Any]], Any]) -> Operator:
    return lambda parts, scene: function([evaluate(part, scene) for part in parts])


def _contained(values: list[Any]) -> bool:
    return values[0] is not None and values[1] is not None and values[0] in values[1]


OPERATORS: dict[str, Operator] = {
    "literal": lambda parts, scene: parts[0],
    "get": _get,
    "has": lambda parts, scene: scene.properties.get(parts[0]) is not None,
    "zoom": lambda parts, scene: scene.zoom,
    "geometry-type": lambda parts, scene: scene.geometry,
    "match": _match,
    "case": _case,
    "step": _step,
    "interpolate": _interpolate,
    "coalesce": _coalesce,
    "all": lambda parts, scene: all(evaluate(part, scene) for part in parts),
    "any": lambda parts, scene: any(evaluate(part, scene) for part in parts),
    "!": lambda parts, scene: not evaluate(parts[0], scene),
    "==": _of_values(lambda values: values[0] == values[1]),
    "!=": _of_values(lambda values: values[0] != values[1]),
    "<": _compared(operator.lt),
    "<=": _compared(operator.le),
    ">": _compared(operator.gt),
    ">=": _compared(operator.ge),
    "in": _of_values(_contained),
    "to-string": _of_values(lambda values: _text(values[0])),
    "to-boolean": _of_values(lambda values: bool(values[0])),
    "to-number": _number,
    "number": _number,
    "concat": _of_values(lambda values: "".join(_text(value) for value in values)),
    "upcase": _of_values(lambda values: _text(values[0]).upper()),
    "downcase": _of_values(lambda values: _text(values[0]).lower()),
    "+": _of_values(sum),
    "*": _of_values(math.prod),
    "-": _of_values(lambda values: -values[0] if len(values) == 1 else values[0] - values[1]),
    "/": _of_values(lambda values: values[0] / values[1]),
    "min": _of_values(min),
    "max": _of_values(max),
    "length": _of_values(lambda values: len(values[0] or "")),
}
