"""The rooms of `static/js` and which may import which: shared scripts are below, pages do not import each other."""

import re
from pathlib import Path

import geoportal

SCRIPTS = Path(geoportal.__file__).resolve().parents[1] / "static" / "js"
FLOORS = (
    ("map-page", "query", "studies", "sql", "uploads", "editing", "reports", "catalogue", "photo-review"),
    ("filter", "drawing", "map", "charts", "photos"),
    ("page",),
)
"""From top to bottom. A script imports from its own room and from the floors below, never from a neighbour."""
EXCEPTIONS: set[tuple[str, str]] = set()
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")


def imports() -> list[tuple[str, str]]:
    """Pairs of script and imported script, as paths below `static/js`; libraries from npm are left out."""
    found = []
    for script in sorted(SCRIPTS.rglob("*.js")):
        for target in IMPORT.findall(script.read_text()):
            path = (script.parent / target).resolve()
            if "vendor" not in path.parts:
                found.append((str(script.relative_to(SCRIPTS)), str(path.relative_to(SCRIPTS))))
    return found


def allowed(script: str, imported: str) -> bool:
    """Whether the room of the one script may use that of the other."""
    floors = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    above, below = script.split("/")[0], imported.split("/")[0]
    return above == below or floors[above] < floors[below]


def test_scripts_import_only_from_their_own_room_and_the_floors_below() -> None:
    assert {pair for pair in imports() if not allowed(*pair)} == EXCEPTIONS


def test_imports_name_scripts_that_exist_and_every_script_has_a_room() -> None:
    assert imports()
    assert [path for _, path in imports() if not (SCRIPTS / path).is_file()] == []
    assert {path.relative_to(SCRIPTS).parts[0] for path in SCRIPTS.rglob("*.js")} == {*sum(FLOORS, ())}


def test_a_script_of_a_lower_floor_or_of_another_page_is_refused() -> None:
    assert allowed("query/map.js", "map/city-map.js") and allowed("map/style.js", "map/marks.js")
    assert not allowed("page/api.js", "map/city-map.js")
    assert not allowed("query/map.js", "studies/map.js")
    assert not allowed("filter/builder.js", "map/marks.js")
