"""Source “egib”: the Polish land and building register (EGiB), buildings and parcels.

Reads the register's exchange GML (EGB_Budynek, EGB_DzialkaEwidencyjna), answers of county WFS servers (layers
`budynki`, `dzialki`) and GeoPackages of surveyors' maps (layer `buildings` with FUZ, LKN, DATAMOD).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ingest.errors import UnmappedKind
from ingest.files.layers import OPTIONS, Layer, layer_of, survey_file
from ingest.files.survey import Survey
from ingest.mapping.columns import FieldMapping
from ingest.mapping.values import Unusable, read_date
from ingest.source import IngestSource, Reading, Request
from ingest.text.names import plain
from layers.kinds import KINDS
from layers.record import Record, Refusal
from layers.text import Text

LAYERS = {
    "egbbudynek": "buildings",
    "budynki": "buildings",
    "buildings": "buildings",
    "egbdzialkaewidencyjna": "parcels",
    "dzialki": "parcels",
    "parcels": "parcels",
}
"""Kinds by the register's layer names, written without case and punctuation."""

COLUMNS = {
    "buildings": {
        "function_code": ("rodzajwgkst", "fuz", "funkcja", "rodzaj"),
        "storeys_above": ("liczbakondygnacjinadziemnych", "kondygnacjenadziemne", "lkn"),
        "storeys_below": ("liczbakondygnacjipodziemnych", "kondygnacjepodziemne"),
    },
    "parcels": {
        "identifier": ("iddzialki",),
        "area_m2": ("poleewidencyjne", "powierzchnia"),
        "land_use": ("ofu",),
    },
}
DATES = ("startwersjaobiekt", "datamod", "startobiekt", "datautw")

USE_CLASSES = {
    "mj": "residential",
    "md": "residential",
    "mw": "residential_multi",
    "m": "residential",
    "g": "agricultural",
    "t": "transport",
    "k": "education",
    "z": "health",
    "b": "office",
    "h": "commercial",
    "u": "commercial",
    "p": "industrial",
    "s": "storage",
    "i": "other",
}
"""Kind of use by the letters of the fixed-asset classification (KST) and their surveyors' subdivisions.

The letters are those of the EGiB regulation of 27 July 2021 (Dz.U. 2021 poz. 1390); "mj", "m1" and the like are
subdivisions of the older instruction K-1.
"""


def use_class(code: object) -> str | None:
    """Use class of a register code, by its longest known prefix. Example: "m1" is residential."""
    word = str(code or "").strip().casefold()
    if not word or len(word) > 4:
        return None
    return USE_CLASSES.get(word[:2]) or USE_CLASSES.get(word[:1])


def read(request: Request) -> Iterator[Reading]:
    """One reading for each layer of the file that maps to a kind, or only for that named by `layer=`."""
    survey = survey_file(request, several=True)
    if survey.layer:
        yield _reading(request, survey, _kind(survey.title) or _kind(survey.name) or _refuse(survey.layers))
        return
    wanted = [name for name in survey.layers if _kind(name)]
    if not wanted:
        _refuse(survey.layers)
    for name in wanted:
        yield _reading(request, survey_file(request, layer=name), _kind(name) or "")


def _kind(layer: str) -> str | None:
    return LAYERS.get(plain(layer))


def _refuse(layers: tuple[str, ...]) -> str:
    raise UnmappedKind(
        f"No layer of the register is in the file: it has {', '.join(layers)}; expected EGB_Budynek, "
        "EGB_DzialkaEwidencyjna, budynki, dzialki, buildings or parcels. Use the source file otherwise."
    )


def _reading(request: Request, survey: Survey, slug: str) -> Reading:
    options = {**_mapped(slug, survey.columns), **request.options}
    if "id" not in options and (local := _column(survey.columns, ("lokalnyid",))):
        options["id"] = local
    request = replace(request, options=options)
    mapping = FieldMapping.choose(KINDS[slug], survey.columns, options, survey.empty)
    layer = layer_of(request, survey, mapping)
    derived = ("use_class",) if slug == "buildings" else ("parcel_no", "precinct")
    fields = tuple(dict.fromkeys((*mapping.fields, *derived)))
    return Reading(slug, fields, _records(layer, slug), total=survey.features, notes=layer.notes)


def _mapped(slug: str, columns: tuple[str, ...]) -> dict[str, str]:
    found = {name: _column(columns, names) for name, names in COLUMNS[slug].items()}
    return {f"map.{name}": column for name, column in found.items() if column}


def _column(columns: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    by_name = {plain(column): column for column in columns}
    return next((by_name[name] for name in names if name in by_name), None)


def _records(layer: Layer, slug: str) -> Iterator[Record | Refusal]:
    complete = _building if slug == "buildings" else _parcel
    dated = _column(layer.survey.columns, DATES)
    for one in layer.records():
        if isinstance(one, Refusal):
            yield one
        else:
            values = complete({**one.values})
            yield replace(one, values=values, data_date=_day((one.extra or {}).get(dated or "")))


def _day(cell: object) -> date | None:
    try:
        return read_date(cell)
    except Unusable:
        return None


def _building(values: dict[str, Any]) -> dict[str, Any]:
    """Add a building's use class from its code; 0 storeys above ground means unknown."""
    values["use_class"] = use_class(values.get("function_code")) or values.get("use_class")
    if values.get("storeys_above") == 0:
        values["storeys_above"] = None
    return values


def _parcel(values: Mapping[str, Any]) -> dict[str, Any]:
    """Add precinct and parcel number from the register's identifier "061304_5.0012.809/1"."""
    precinct, dot, number = str(values.get("identifier") or "").rpartition(".")
    found = {"parcel_no": number, "precinct": precinct} if dot else {"parcel_no": None, "precinct": None}
    return {**found, **{name: value for name, value in values.items() if value is not None or name not in found}}


SOURCE = IngestSource(
    slug="egib",
    title=Text("Ewidencja gruntów i budynków", "Land and building register"),
    read=read,
    options=OPTIONS,
    licence="CC0-1.0",
    attribution="GUGiK, EGiB",
)
