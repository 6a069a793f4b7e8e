"""All tables of this room, for Django to find."""

from analysis.results import PrivateFeature, PrivateResult, StandingParameters

__all__ = ["PrivateFeature", "PrivateResult", "StandingParameters"]
