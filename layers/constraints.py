"""Constraints that kinds share: a code from a closed list, a number within bounds."""

from collections.abc import Iterable

from django.db.models import CheckConstraint, Q


def one_of(kind: str, field: str, codes: Iterable[str]) -> CheckConstraint:
    """The field is empty or one of the codes."""
    return CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__in": sorted(codes)}),
        name=f"{kind}_{field}_ok",
    )


def between(kind: str, field: str, low: float, high: float) -> CheckConstraint:
    """The field is empty or from `low` to `high`, both included."""
    inside = Q(**{f"{field}__gte": low, f"{field}__lte": high})
    return CheckConstraint(condition=Q(**{f"{field}__isnull": True}) | inside, name=f"{kind}_{field}_ok")
