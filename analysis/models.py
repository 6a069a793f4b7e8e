"""All tables of this room, for Django to find."""

from analysis.queries.kept import QueryMember, QueryResult, SavedQuery
from analysis.results import PrivateFeature, PrivateResult, StandingParameters

__all__ = [
    "PrivateFeature",
    "PrivateResult",
    "QueryMember",
    "QueryResult",
    "SavedQuery",
    "StandingParameters",
]
