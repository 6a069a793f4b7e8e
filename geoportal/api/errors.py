"""The one table from faults to HTTP, and the shape of an error answer."""

from django.http import HttpRequest, JsonResponse

from layers.errors import EditConflict, LayersError, UnknownDataset, UnknownKind, WriteRefused

STATUS: tuple[tuple[type[LayersError], int], ...] = (
    (UnknownKind, 404),
    (UnknownDataset, 404),
    (EditConflict, 412),
    (WriteRefused, 409),
    (LayersError, 400),
)


def answer(fault: LayersError) -> JsonResponse:
    """The fault as a JSON answer with its status."""
    status = next(status for kind, status in STATUS if isinstance(fault, kind))
    return problem(status, str(fault))


def problem(status: int, message: str) -> JsonResponse:
    """An error answer: RFC 9457's type, title and detail."""
    body = {"type": "about:blank", "status": status, "detail": message}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def not_found(request: HttpRequest, message: str = "There is nothing at this address.") -> JsonResponse:
    """404 in the same shape."""
    return problem(404, message)
