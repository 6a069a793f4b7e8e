"""The page of the review of photos; its script asks for the pictures."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from geoportal.photos.recall import statement
from geoportal.web.photos.review_words import review_words
from geoportal.wording.values import number
from layers.media.models import PhotoRun
from layers.media.review import to_review


@require_safe
def photo_review(request: HttpRequest) -> HttpResponseBase:
    """`/photos/review/`; `?run=` limits it to a run."""
    run = request.GET.get("run", "").replace("\0", "")
    waiting = PhotoRun.objects.filter(Exists(to_review().filter(photo_run=OuterRef("pk")))).order_by("slug")
    context = {
        "run": run,
        "runs": [{"slug": one.slug, "name": one.profile.get("name") or one.slug} for one in waiting],
        "recall": statement(),
        "keys": _keys(),
        "count": number(to_review(run).count()),
        "configuration": {"language": get_language(), "words": review_words(), "run": run},
    }
    answer = render(request, "photos/review.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _keys() -> list[str]:
    """What each key of the review does, a line each."""
    text = gettext(
        "N new box · 1–9 place it in that ninth of the picture, again within it · arrows move · "
        "Shift+arrows or + and − resize · F face, P plate, O other · Delete removes · Tab next box · "
        "R or Enter release · W withhold · "
        "S later · Ctrl+Z undo · U take the last decision back · V preview · Z zoom"
    )
    return text.split(" · ")
