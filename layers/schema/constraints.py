"""Check constraints of kinds: a code from a closed list, a number within bounds; and the bounds of a field."""

import math
from collections.abc import Iterable
from typing import Any

from django.db.models import CheckConstraint, Model, Q


def one_of(kind: str, field: str, codes: Iterable[str]) -> CheckConstraint:
    """The field is NULL or one of the codes."""
    return CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__in": sorted(codes)}),
        name=f"{kind}_{field}_ok",
    )


def between(kind: str, field: str, low: float, high: float) -> CheckConstraint:
    """The field is NULL or from `low` to `high`, both included."""
    inside = Q(**{f"{field}__gte": low, f"{field}__lte": high})
    return CheckConstraint(condition=Q(**{f"{field}__isnull": True}) | inside, name=f"{kind}_{field}_ok")


def bounds_of(model: type[Model], field: str) -> tuple[float, float]:
    """Least and greatest value of a field by the constraints of its table; infinite where there is none."""
    low, high = -math.inf, math.inf
    for constraint in model._meta.constraints:
        if isinstance(constraint, CheckConstraint):
            for name, value in _conditions(constraint.condition):
                if name == f"{field}__gte":
                    low = float(value)
                elif name == f"{field}__lte":
                    high = float(value)
    return low, high


def _conditions(condition: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for child in getattr(condition, "children", ()):
        found.extend([child] if isinstance(child, tuple) else _conditions(child))
    return found
