"""Answers to requests that reach no view, in Polish and English: by the WSGI application and by nginx in front."""

import json

RETRY_SECONDS = 5
WORDS = {
    408: (
        "Zapytanie przychodziło zbyt wolno. Spróbuj ponownie.",
        "The request arrived too slowly. Try again.",
    ),
    413: (
        "Plik lub formularz jest za duży dla tego adresu.",
        "The file or form is too large for this address.",
    ),
    429: (
        "Z tego adresu przychodzi zbyt wiele zapytań naraz. Spróbuj za chwilę.",
        "Too many requests come from this address at once. Try again in a moment.",
    ),
    503: (
        "Portal uruchamia się albo jest przeciążony. Spróbuj za chwilę.",
        "The portal is starting or overloaded. Try again in a moment.",
    ),
}
_PAGE = """\
<!doctype html>
<html lang="pl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{status}</title></head>
<body><h1>{polish}</h1><p lang="en">{english}</p>
<p><a href="/">Mapa / <span lang="en">Map</span></a></p></body></html>
"""


def page(status: int) -> str:
    """The page for people."""
    polish, english = WORDS[status]
    return _PAGE.format(status=status, polish=polish, english=english)


def problem(status: int) -> str:
    """The same for programs, as problem+json."""
    return json.dumps({"type": "about:blank", "status": status, "detail": WORDS[status][1]})
