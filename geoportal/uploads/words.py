"""Messages of uploads: why one cannot continue, in one sentence, and what to do about rejected records."""

from django.utils.translation import gettext

from layers.text import Text

ADVICE: dict[str, Text] = {
    "duplicate_id": Text("zostaw jeden wiersz z tym identyfikatorem", "keep one row with this id"),
    "exists": Text("wgraj w trybie „uzupełnij i popraw”", "bring it in with “add and correct”"),
    "geometry_empty": Text("narysuj kształt obiektu", "draw the object's shape"),
    "geometry_missing": Text("narysuj kształt obiektu albo podaj współrzędne", "draw the shape or give coordinates"),
    "geometry_not_finite": Text("popraw współrzędne", "correct the coordinates"),
    "geometry_parts": Text("podziel obiekt na pojedyncze części", "split the object into single parts"),
    "geometry_type": Text("wgraj ten obiekt do warstwy jego rodzaju", "bring it into a layer of its own geometry"),
    "no_id": Text("uzupełnij identyfikator", "fill in the id"),
    "not_a_date": Text("zapisz datę jak 2026-01-31", "write the date like 2026-01-31"),
    "not_a_number": Text("wpisz samą liczbę", "write the number alone"),
    "not_whole": Text("wpisz liczbę całkowitą", "write a whole number"),
    "not_yes_or_no": Text("wpisz „tak” albo „nie”", "write “yes” or “no”"),
    "out_of_range": Text("sprawdź, czy liczba jest prawdziwa", "check whether the number is true"),
    "outside_city": Text("sprawdź układ współrzędnych i kolejność osi", "check the coordinate system and its axes"),
    "rings_broken": Text("popraw obrys", "correct the outline"),
    "too_long": Text("skróć tekst", "shorten the text"),
    "unknown_code": Text("użyj jednego z kodów warstwy", "use one of the layer's codes"),
}
OTHERWISE = Text("sprawdź tę wartość w pliku", "check this value in the file")


def sentence(fault: str, message: str) -> str:
    """The message of an error of reading or storing in the visitor's language, by class name and English text."""
    for words, said in _messages(fault):
        if all(word in message for word in words):
            return said
    return gettext("The file could not be used.")


def _messages(fault: str) -> list[tuple[tuple[str, ...], str]]:
    sayings: dict[str, list[tuple[tuple[str, ...], str]]] = {
        "HostileFile": _hostile(),
        "interrupted": [((), gettext("Storing was interrupted several times and given up; try again later."))],
        "UnreadableFile": _unreadable(),
        "CrsUnknown": _placeless(),
        "SnapshotRefused": _snapshot(),
        "WriteRefused": _refused(),
        "BadUpload": _not_taken(),
        "BadOption": [((), gettext("One of the choices does not fit this file. Check the form and try again."))],
        "AmbiguousLayer": [((), gettext("There are several datasets in the archive. Bring them in one by one."))],
        "BadLayer": [
            (("in use by others",), gettext("Somebody is working with this layer. Try again in a minute.")),
            ((), gettext("The new layer cannot be made like this. Check its title, fields and units.")),
        ],
        "RunCancelled": [((), gettext("It was cancelled; nothing was stored."))],
        "DiskFull": [((), gettext("The disk of the server is full. Try again when there is room; nothing is lost."))],
        "cancelled": [((), gettext("It was cancelled; nothing was stored."))],
        "RollbackRefused": _not_undone(),
    }
    return sayings.get(fault, [])


def _hostile() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("bytes; the limit is", "INGEST_FILE_BYTES"), gettext("The file is too large.")),
        (("leads outside",), gettext("The archive holds names that lead outside it. Pack it again.")),
        (
            ("features (",),
            gettext("The file holds too many objects. Split it."),
        ),
        (("vertices",), gettext("An object in the file has too many vertices. Simplify its shape.")),
        (("only points to other data",), gettext("The file only points to other data. Bring in the data itself.")),
        (
            (),
            gettext("The file unpacks to far more than map data ever does, so it was not read. Pack it again."),
        ),
    ]


def _unreadable() -> list[tuple[tuple[str, ...], str]]:
    known = "GeoPackage, Shapefile (ZIP), GeoJSON, GML, KML, GPX, FlatGeobuf, GeoParquet, CSV, XLSX"
    unknown = gettext("This is no file with map data. Known are: {formats}.").format(formats=known)
    return [
        (("is empty",), gettext("The file is empty.")),
        (("no geometry",), gettext("The table has neither shapes nor columns with coordinates.")),
        (("no layer with features",), gettext("There are no objects in the file.")),
        (("encrypted",), gettext("The archive is locked with a password. Pack it again without one.")),
        (("OpenStreetMap",), gettext("This is raw OpenStreetMap data, which administrators bring in.")),
        (("is not known",), unknown),
        (("is no Geo",), unknown),
        (("no dataset inside",), unknown),
        (("try again",), gettext("Reading the file was interrupted. Try again.")),
        (("memory",), gettext("Reading the file takes too much memory or it is damaged. Save it again, in parts.")),
        (("seconds",), gettext("Reading the file takes too long. Split it.")),
        ((), gettext("The file is damaged and cannot be read to its end. Save it again and bring it in anew.")),
    ]


def _placeless() -> list[tuple[tuple[str, ...], str]]:
    return [
        (
            ("axes seem swapped",),
            gettext("The coordinates seem to be swapped. Choose “swapped” below if they are."),
        ),
        (
            (),
            gettext("The file does not say its coordinate system and its numbers leave doubt. Choose it below."),
        ),
    ]


def _snapshot() -> list[tuple[tuple[str, ...], str]]:
    return [
        (
            ("would close",),
            gettext(
                "More than a tenth of the layer's objects are missing from the file and would be ended. If they are "
                "really gone, say below how many may end."
            ),
        ),
        ((), gettext("The file is older than what is stored. Choose “add and correct” if it is still wanted.")),
    ]


def _refused() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("holds no objects",), gettext("There are no objects in the file.")),
        (("objects were rejected",), gettext("Not one object can be stored. The list of rejections says why.")),
        (("synthetic data",), gettext("This dataset is the invented one of the demo city. Choose another name.")),
        (("real data",), gettext("This dataset holds real data. Choose another name.")),
        ((), gettext("Nothing was stored. Try again, or ask an administrator.")),
    ]


def _not_taken() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("is empty",), gettext("The file is empty.")),
        (("the limit is",), gettext("The file is too large.")),
        (("files are taken",), gettext("Too many files at once. Choose one file, or the parts of one shapefile.")),
        (
            ("changed since",),
            gettext("The choices were changed since the dry run. Go back a step and try them again."),
        ),
        (("stored already",), gettext("It is being stored already. Wait a moment.")),
        ((), gettext("Look at the dry run first.")),
    ]


def _not_undone() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("changed by later runs",), gettext("Objects were changed since. Undo the later changes first.")),
        (("undone already",), gettext("This was undone already.")),
        ((), gettext("This cannot be undone any more.")),
    ]
