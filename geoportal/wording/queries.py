"""Spatial questions as pages and programs ask them: the words of an address, answers kept behind a link."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest

from analysis.errors import UnknownResult
from analysis.queries.answer import Features
from analysis.queries.chosen import chosen
from analysis.queries.kept import QueryResult, SavedQuery, result_features
from analysis.queries.question import WORDS, Question, question_of
from geoportal.accounts.rights import access_of

SAVED = "saved"
LONGEST_ADDRESS = 6000
"""Signs of a question in an address that every browser and proxy lets pass; longer ones are saved."""
ON_MAP = 3000
"""Features that the map of an answer draws; more would be a blur, and slow."""


def words_of(request: HttpRequest) -> dict[str, str]:
    """The question in an address, or the saved one that it names. Raises UnknownResult."""
    token = request.GET.get(SAVED, "")
    if token:
        return dict(saved_query(token).words)
    return tidy(request.GET)


def saved_query(token: str) -> SavedQuery:
    """The saved question of that address. Raises UnknownResult."""
    found = SavedQuery.objects.filter(token=token[:40]).first()
    if found is None:
        raise UnknownResult("There is no saved question at this address; it may have been deleted.")
    return found


def tidy(given: Mapping[str, Any]) -> dict[str, str]:
    """The words of a question without empty ones and without those that its other words make meaningless."""
    words = {name: str(given.get(name) or "").replace("\0", "").strip() for name in WORDS}
    if not words["relation"]:
        words |= {"to": "", "to_filter": "", "not": "", "distance_m": ""}
    if words["relation"] != "near":
        words["distance_m"] = ""
    if words["relation"] == "nearest":
        words["not"] = ""
    if not words["measure"] and words["by"]:
        words["measure"] = "count"
    if words["measure"] in ("", "count"):
        words["of"] = ""
    if not (words["area"] or words["district"]):
        words["touching"] = ""
    return {name: text for name, text in words.items() if text}


def address_of(words: Mapping[str, str], **more: str) -> str:
    """A question as the query of an address."""
    query = urlencode({**words, **{name: text for name, text in more.items() if text}})
    return f"?{query}" if query else ""


def asked_now(request: HttpRequest, words: Mapping[str, Any]) -> tuple[Question, Features | None]:
    """A question with the visitor's rights, and its features; None where the layer holds no data."""
    question = question_of(access_of(request), words)
    return question, chosen(question)


def opened(request: HttpRequest, token: str) -> tuple[QueryResult, Question, Features | None]:
    """The result behind a link, as the visitor may see it. Raises UnknownResult, UnknownKind."""
    access = access_of(request)
    result = QueryResult.opened(access, token)
    return result, question_of(access, result.words), result_features(access, result) if result.done else None


def seconds() -> float:
    """How long a visitor may keep the database busy with a question."""
    return float(settings.QUERY_SECONDS)
