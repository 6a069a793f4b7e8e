"""Requests that try each address as each role; one module an area, each with PROBES by the name of the address.

A probe's address may hold {hydrant}, {building}, {district}, {run} (identities in the small city of the walk).
The city of the walk holds secrets: values that stand only in fields or layers of the staff or of the services. The
walk asks every probe as every role and fails where an answer holds a secret that the role may not see.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Probe:
    """One request. `body` is sent as JSON, or as it is when it is text or a dict of `form`."""

    address: str
    method: str = "GET"
    body: Any = None
    form: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    shows: str = ""
    """A role that must get a secret by this request ("planners"): proof that the probe reaches what it tries."""
    hidden: bool = False
    """Asks for a layer or field of the staff: the public's answer must equal that for a name that does not exist."""
