"""JSON bodies of requests: the one reader of them, with their media types, size and the declared types of members.

A body that is no `application/json` (or another type that the address names) is refused before it is read: pages of
other sites can send texts and forms without asking, JSON they cannot.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from geoportal.http.errors import BadBody, TooLarge, WrongMedia
from layers.errors import BadJSON
from layers.json_text import json_value

MOST_BYTES = 200_000
JSON = "application/json"
NULL = type(None)
Types = tuple[type, ...]
"""Python's types of a member's JSON values. `float` takes whole numbers too, no number type takes true and false."""
_NAMES: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    NULL: "null",
}


def json_body(request: HttpRequest, *, most: int = MOST_BYTES, media: Sequence[str] = (JSON,)) -> Any:
    """The JSON value of a request's body. Raises WrongMedia, TooLarge (`most` bytes), BadBody."""
    given = request.content_type or ""
    if given not in media:
        raise WrongMedia(f"The body is “{given[:60]}”; expected {', '.join(media)}.")
    body = request.read(most + 1)  # Django's own limit is that of forms
    if len(body) > most:
        raise TooLarge(f"The body is larger than {most} bytes.")
    try:
        return json_value(body)
    except BadJSON as fault:
        raise BadBody(f"The body cannot be read. {fault}") from None


def posted(
    request: HttpRequest,
    members: Mapping[str, Types],
    *,
    most: int = MOST_BYTES,
    media: Sequence[str] = (JSON,),
) -> dict[str, Any]:
    """The posted JSON object; members that are there have the types declared for them.

    Members that are not declared are returned unchecked. Raises WrongMedia, TooLarge, BadBody.
    """
    given = json_body(request, most=most, media=media)
    if not isinstance(given, dict):
        raise BadBody("Expected a JSON object.")
    for name, types in members.items():
        if name in given and not _is_one_of(given[name], types):
            raise BadBody(f"“{name}”: expected {' or '.join(_NAMES[one] for one in types)}.")
    return given


def _is_one_of(value: Any, types: Types) -> bool:
    return type(value) in types or (type(value) is int and float in types)
