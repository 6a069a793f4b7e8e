"""All models of this room; Django imports this module to find them."""

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
