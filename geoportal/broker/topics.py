"""Topics under which stored observations are published."""

from layers.schema.kind import Level

PREFIXES: dict[Level, str] = {"public": "", "staff": "staff/", "services": "services/"}
"""What stands before `v1.1/` in the topics of datastreams that are visible from a level."""


def observation_topics(level: Level, datastream: int) -> list[str]:
    """The topics of an observation."""
    return [f"{PREFIXES[level]}v1.1/Observations", f"{PREFIXES[level]}v1.1/Datastreams({datastream})/Observations"]


def datastream_topic(level: Level, datastream: int) -> str:
    """The topic of a datastream itself."""
    return f"{PREFIXES[level]}v1.1/Datastreams({datastream})"


def confirmation_topic(user: str) -> str:
    """The topic where a publisher is informed what became of its messages."""
    return f"v1.1/confirmed/{user}"
