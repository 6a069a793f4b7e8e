"""The form of a run of photos: its fields become options of the source `photo_scan`."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from layers.text import Text

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Field:
    """An input of the form: the option's name, its title and hint, and whether it is a number."""

    name: str
    title: Text
    hint: Text
    unit: str = ""


FIELDS = (
    Field("name", Text("Nazwa przejazdu", "Name of the run"), Text("np. Centrum, maj 2026", "e.g. Centre, May 2026")),
    Field(
        "author",
        Text("Autor zdjęć", "Author of the photos"),
        Text("Podawany przy każdym udostępnionym zdjęciu.", "Shown with every released picture."),
    ),
    Field(
        "camera",
        Text("Aparat", "Camera"),
        Text("Puste: odczytany ze zdjęć.", "Empty: read from the photos."),
    ),
    Field(
        "mount_offset",
        Text("Kąt mocowania aparatu", "Mounting angle of the camera"),
        Text(
            "Od kierunku jazdy w prawo; aparat patrzący w lewo: -90. Puste: 0.",
            "Clockwise from the way of travel; a camera looking left: -90. Empty: 0.",
        ),
        "°",
    ),
    Field(
        "clock_offset",
        Text("Poprawka zegara aparatu", "Correction of the camera's clock"),
        Text(
            "Dodawana do czasów zegara. Puste: 0; raport przejazdu podpowie wartość.",
            "Added to the clock's times. Empty: 0; the report of the run suggests a value.",
        ),
        "s",
    ),
)
CORRECTIONS = ("clock_offset", "mount_offset", "author")
"""What is changed when a stored run is indexed again."""
TRUST = {
    "sidecar": Text("plikowi CSV obok zdjęć", "the CSV file beside the photos"),
    "track": Text("śladowi GPX", "the GPX track"),
}
"""Sources that may go before what the pictures state."""


def options_of(form: QueryDict) -> dict[str, str]:
    """The options that the form gives; numbers may have a decimal comma."""
    texts = {one.name: form.get(one.name, "").replace("\0", "").strip()[:LONGEST] for one in FIELDS}
    trusted = ",".join(one for one in TRUST if one in form.getlist("trust"))
    given = {name: text for name, text in texts.items() if text}
    return {**given, **({"trust": trusted} if trusted else {}), **_run(form)}


def corrections_of(form: QueryDict) -> dict[str, str]:
    """The corrections that the form gives; an empty number is zero, an empty author leaves the known one."""
    given = {name: form.get(name, "").replace("\0", "").strip()[:LONGEST] for name in CORRECTIONS if name in form}
    numbers = {one.name for one in FIELDS if one.unit}
    return {name: text or "0" for name, text in given.items() if text or name in numbers}


def wrong_number(options: Mapping[str, str]) -> Field | None:
    """The first field whose number is none."""
    for field in FIELDS:
        text = options.get(field.name, "")
        if field.unit and text and not _is_number(text):
            return field
    return None


def _is_number(text: str) -> bool:
    try:
        return abs(float(text.replace(",", "."))) < float("inf")
    except ValueError:
        return False


def _run(form: QueryDict) -> dict[str, str]:
    name = form.get("run", "").replace("\0", "").strip()[:80]
    return {"run": name} if name else {}
