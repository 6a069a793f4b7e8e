"""An account's saved questions: list, rename, delete. Others' questions are unknown here."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST

from analysis.errors import BadQuestion, UnknownResult
from analysis.queries.kept import MOST_SAVED, QueryResult, SavedQuery
from analysis.queries.question import question_of
from geoportal.accounts.rights import access_of
from geoportal.accounts.visitors import visitor_of
from geoportal.web.faults import faults_shown
from geoportal.web.query.words import summary
from geoportal.web.words import script_words
from geoportal.wording.queries import LONGEST_ADDRESS, SAVED, address_of, tidy
from geoportal.wording.values import moment
from layers.errors import LayersError

LONGEST_TITLE = 120


@require_http_methods(["GET", "HEAD", "POST"])
@faults_shown
def saved_queries(request: HttpRequest) -> HttpResponseBase:
    """`/query/saved/`: the account's saved questions and its jobs with stored answers; POST saves another."""
    user = visitor_of(request).user
    if request.method == "POST":
        return _save(request)
    mine = SavedQuery.objects.filter(user=user).order_by("-created_at", "-pk")
    results = QueryResult.objects.filter(user=user).select_related("run").order_by("-created_at")[:50]
    context = {
        "saved": [(one, address(one), _text(request, one.words), moment(one.created_at)) for one in mine],
        "results": [(one, _text(request, one.words), moment(one.created_at), _state(one)) for one in results],
        "longest": LONGEST_TITLE,
        "configuration": {"language": get_language() or "pl", "words": script_words()},
    }
    return render(request, "query/saved.html", context)


@require_POST
@faults_shown
def saved_query(request: HttpRequest, token: str) -> HttpResponseBase:
    """Rename a question of one's own (`title`), or delete it (`delete`)."""
    found = SavedQuery.objects.filter(token=token, user=visitor_of(request).user).first()
    if found is None:
        raise UnknownResult("There is no saved question at this address; it may have been deleted.")
    if request.POST.get("delete"):
        found.delete()
    else:
        found.title = _title(request) or found.title
        found.save(update_fields=["title"])
    return redirect("saved-queries")


def address(saved: SavedQuery) -> str:
    """The address of a saved question: by its parameters, or by its token where these are too long."""
    whole = address_of(saved.words)
    return reverse("query") + (whole if len(whole) <= LONGEST_ADDRESS else f"?{SAVED}={saved.token}")


def _save(request: HttpRequest) -> HttpResponseBase:
    user, words = visitor_of(request).user, tidy(request.POST)
    question = question_of(access_of(request), words)
    if SavedQuery.objects.filter(user=user).count() >= MOST_SAVED:
        raise BadQuestion(f"An account keeps at most {MOST_SAVED} questions; delete some first.")
    title = _title(request) or " · ".join(summary(question))[:LONGEST_TITLE]
    saved = SavedQuery.objects.create(user=user, title=title, words=words)
    return redirect(f"{reverse('query')}?{SAVED}={saved.token}" if request.POST.get("ask") else "saved-queries")


def _title(request: HttpRequest) -> str:
    return request.POST.get("title", "").replace("\0", "").strip()[:LONGEST_TITLE]


def _text(request: HttpRequest, words: dict[str, str]) -> str:
    """A question as text, where the account may still ask it."""
    try:
        return " · ".join(summary(question_of(access_of(request), words)))
    except LayersError:
        return gettext("This question can no longer be asked: a layer or field of it is not there any more.")


def _state(result: QueryResult) -> str:
    states = {
        "queued": gettext("Waiting for its turn"),
        "running": gettext("Computing"),
        "committed": gettext("answered"),
        "cancelled": gettext("cancelled"),
    }
    return states.get(result.run.status, gettext("gave no answer"))
