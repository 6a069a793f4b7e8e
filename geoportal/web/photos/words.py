"""Words of the report of a run: origins of values, flags of photos, reasons of unusable files."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from geoportal.wording.values import NO_BREAK, number
from layers.kinds.street_photos import ORIGINS
from layers.text import Text

FLAGS: dict[str, Text] = {
    "damaged": Text("plik jest uszkodzony", "the file is damaged"),
    "description_damaged": Text("nieczytelny opis Mapillary", "unreadable Mapillary description"),
    "empty": Text("plik jest pusty", "the file is empty"),
    "exif_damaged": Text("uszkodzone metadane EXIF", "damaged EXIF metadata"),
    "focal_zero": Text("ogniskowa podana jako 0", "focal length given as 0"),
    "gps_time_unusable": Text("nieczytelny czas GPS", "unusable GPS time"),
    "heading_ref_empty": Text("kierunek z pustym odniesieniem", "heading with an empty reference"),
    "heading_ref_missing": Text(
        "kierunek bez odniesienia, przyjęto północ geograficzną", "heading without reference, taken as true"
    ),
    "missing": Text("pliku już nie ma", "the file is gone"),
    "not_a_picture": Text("to nie jest zdjęcie, które da się odczytać", "no picture that can be read"),
    "no_exif": Text("brak metadanych EXIF", "no EXIF metadata"),
    "no_line": Text("za mało miejsc, by narysować trasę", "too few places to draw the route"),
    "no_position": Text("brak położenia", "no position"),
    "no_time": Text("brak czasu", "no time"),
    "null_island": Text("położenie 0, 0: odbiornik go nie znał", "position 0, 0: the receiver had none"),
    "out_of_range": Text("wartość poza zakresem", "a value out of range"),
    "pano_scaled": Text("pomniejszona kopia zdjęcia sferycznego", "smaller copy of a spherical photo"),
    "perhaps_360": Text("może sferyczne, ale tego nie podaje", "perhaps spherical, but not marked so"),
    "reader_failed": Text("odczyt się nie powiódł", "reading failed"),
    "ref_missing": Text("położenie bez półkuli", "position without hemisphere"),
    "refs_without_coordinates": Text("półkule bez współrzędnych", "hemispheres without coordinates"),
    "same_picture": Text("to samo zdjęcie jest w innym przejeździe", "the same picture is in another run"),
    "size_differs": Text("inny rozmiar niż w metadanych", "another size than in the metadata"),
    "time_doubtful": Text("nieprawdopodobny czas: zegar nie był ustawiony", "improbable time: the clock was not set"),
    "too_large": Text("plik jest za duży", "the file is too large"),
    "whole_seconds": Text("czas bez ułamków sekundy", "time without fractions of a second"),
    "wrong_type": Text("wartość niewłaściwego rodzaju", "a value of the wrong type"),
    "xmp_damaged": Text("uszkodzone metadane XMP", "damaged XMP metadata"),
}
WHAT = {
    "position": Text("położenie", "position"),
    "time": Text("czas", "time"),
    "heading": Text("kierunek", "heading"),
}
PHOTO = Text("zdjęcie", "photo")


def flag(code: str) -> str:
    """A flag or reason in words; one without words by its code."""
    return str(FLAGS.get(code, code.replace("_", " ")))


def counted(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Flags or reasons with their numbers of photos, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(flag(code), number(count)) for code, count in ordered]


def origins(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Where values are from, with their numbers of photos."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(str(ORIGINS[code]) if code in ORIGINS else gettext("unknown"), number(count)) for code, count in ordered]


def disagreement(one: Mapping[str, Any]) -> dict[str, str]:
    """A disagreement in words: photo, what, the two values, how far they are apart."""
    values = dict(one["values"])
    apart = next((name for name in values if name.startswith("apart_")), "")
    distance = values.pop(apart, None)
    unit = {"apart_m": "m", "apart_s": "s", "apart_deg": "°"}.get(apart, "")
    (first, stated), (other, compared) = (*values.items(), ("", ""), ("", ""))[:2]
    return {
        "name": one["name"],
        "what": str(WHAT.get(one["what"], one["what"])),
        "first": f"{_source(first)}: {_value(stated)}",
        "other": f"{_source(other)}: {_value(compared)}",
        "apart": f"{number(distance)}{NO_BREAK}{unit}" if isinstance(distance, int | float) else "",
    }


def _source(code: str) -> str:
    return str(PHOTO if code == "photo" else ORIGINS.get(code, code))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{part:.6f}" for part in value)
    return number(value) if isinstance(value, int | float) else str(value)


def suggestion(report: Mapping[str, Any]) -> dict[str, str] | None:
    """The clock offset that the track suggests and what it would gain; None where it is applied or unknown."""
    offset = report.get("offset")
    if not offset or abs(offset["offset_s"] - report["clock_offset_s"]) < 0.5:
        return None
    return {
        "value": f"{offset['offset_s']:.1f}",
        "offset": f"{number(offset['offset_s'], decimals=1)}{NO_BREAK}s",
        "before": f"{number(offset['before_m'], decimals=1)}{NO_BREAK}m",
        "after": f"{number(offset['after_m'], decimals=1)}{NO_BREAK}m",
        "photos": number(offset["photos"]),
    }


def report_words(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a run in words; empty where the run was never indexed."""
    if not report:
        return {}
    figures = [
        (gettext("files"), report["photos"]),
        (gettext("usable photos"), report["usable"]),
        (gettext("with a position"), report["located"]),
        (gettext("with a time"), report["timed"]),
        (gettext("with a direction"), report["directed"]),
        (gettext("spherical"), report["spherical"]),
    ]
    return {
        "figures": [(title, number(count)) for title, count in figures],
        "origins": [
            (gettext("Position from"), origins(report["position_from"])),
            (gettext("Time from"), origins(report["time_from"])),
            (gettext("Direction from"), origins(report["heading_from"])),
        ],
        "unusable": counted(report["unusable"]),
        "flags": counted(report["flags"]),
        "cameras": [(name or gettext("unknown"), number(count)) for name, count in report["cameras"].items()],
        "disagreements": number(report["disagreements"]),
        "disagreeing": [disagreement(one) for one in report["disagreeing"]],
        "suggestion": suggestion(report),
        "clock_offset": f"{number(report['clock_offset_s'])}{NO_BREAK}s",
    }
