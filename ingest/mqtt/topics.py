"""The topics of what devices publish, as the portal's listener receives them."""

import re
from dataclasses import dataclass
from functools import lru_cache

MOUNT = "in/"
"""What the broker puts before the topics of the port where devices publish."""
DEVICES = "devices"
"""Below `devices/USER/` only that user of the broker may publish, so that its messages have a known sender."""
_SENSORTHINGS = re.compile(r"v1\.1/(?:Datastreams\((?P<key>[1-9][0-9]{0,8})\)/)?Observations")


@dataclass(frozen=True, slots=True)
class Route:
    """What a topic means: `user` is the proven sender, "" where unknown; `rest` is the topic without it.

    `sensorthings`: the payload is an observation of SensorThings, of the datastream with `key` where it is not None.
    """

    user: str
    rest: str
    sensorthings: bool
    key: int | None = None


@lru_cache(4096)
def route_of(topic: str) -> Route:
    """Read a topic without its mount point."""
    user, rest = "", topic
    if topic.startswith(f"{DEVICES}/") and topic.count("/") > 1:
        _, user, rest = topic.split("/", 2)
    found = _SENSORTHINGS.fullmatch(rest)
    if found is None:
        return Route(user, rest, False)
    return Route(user, rest, True, int(found["key"]) if found["key"] else None)


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic matches a pattern whose levels may be `+`."""
    levels, given = pattern.split("/"), topic.split("/")
    return len(levels) == len(given) and all(one in ("+", other) for one, other in zip(levels, given, strict=True))
