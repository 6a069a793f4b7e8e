"""Spatial questions in requests: their parameters in an address, saved questions, results behind a link."""

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
"""Most characters of a question in an address, which every browser and proxy accepts; longer ones are saved."""
ON_MAP = 3000
"""Most features on the map of an answer; more would be unreadable and slow."""


def words_of(request: HttpRequest) -> dict[str, str]:
    """The parameters of the question in an address, or of the saved one it names. Raises UnknownResult."""
    token = request.GET.get(SAVED, "")
    if token:
        return dict(saved_query(token).words)
    return tidy(request.GET)


def saved_query(token: str) -> SavedQuery:
    """The saved question with that token. Raises UnknownResult."""
    found = SavedQuery.objects.filter(token=token[:40]).first()
    if found is None:
        raise UnknownResult("There is no saved question at this address; it may have been deleted.")
    return found


def tidy(given: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a question without empty ones and those without effect beside the others."""
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
    """A question as a query string."""
    query = urlencode({**words, **{name: text for name, text in more.items() if text}})
    return f"?{query}" if query else ""


def asked_now(request: HttpRequest, words: Mapping[str, Any]) -> tuple[Question, Features | None]:
    """A question with the visitor's rights, and its features (None where the layer holds no data)."""
    question = question_of(access_of(request), words)
    return question, chosen(question)


def open_result(request: HttpRequest, token: str) -> tuple[QueryResult, Question, Features | None]:
    """The result with that token, restricted to what the visitor may see. Raises UnknownResult, UnknownKind."""
    access = access_of(request)
    result = QueryResult.opened(access, token)
    return result, question_of(access, result.words), result_features(access, result) if result.done else None


def seconds() -> float:
    """Seconds the database may work on a question within a request."""
    return float(settings.QUERY_SECONDS)
