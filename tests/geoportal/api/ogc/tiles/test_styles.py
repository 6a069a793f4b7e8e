"""MapLibre styles: valid by the library's own rules, and drawn as the portal's map is."""

import json
import subprocess

import pytest

from layers.access.rules import open_kinds
from tests.geoportal.logins import account, bearer
from tests.scripts.conftest import ROOT

pytestmark = pytest.mark.django_db
SPEC = ROOT / "node_modules" / "@maplibre" / "maplibre-gl-style-spec" / "dist" / "index.mjs"
CHECK = f"""
import {{ validateStyleMin }} from {json.dumps(str(SPEC))};
import {{ readFileSync }} from "node:fs";
const styles = JSON.parse(readFileSync(0, "utf8"));
const told = (style) => validateStyleMin(style).map(({{ message }}) => `${{style.name}}: ${{message}}`);
const faults = styles.flatMap(told);
console.log(JSON.stringify(faults));
"""
PORTAL = f"""
globalThis.matchMedia = () => ({{ matches: process.argv[1] === "dark", addEventListener() {{}} }});
const {{ kindLayers }} = await import({json.dumps(str(ROOT / "static/js/map/style.js"))});
import {{ readFileSync }} from "node:fs";
const given = JSON.parse(readFileSync(0, "utf8"));
const drawn = given.map(([kind, tileJson]) => kindLayers(kind, kind.slug, tileJson));
console.log(JSON.stringify(drawn));
"""


def node(script: str, given: object, *words: str) -> list:
    command = ["node", "--input-type=module", "-e", script, *words]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_all_styles_are_valid(client, small_city):
    listed = client.get("/ogc/styles").json()["styles"]
    assert [one["id"] for one in listed] == ["map", *(kind.slug for kind in open_kinds())]
    addresses = [one["href"] for style in listed for one in style["links"]]
    assert len(addresses) == 2 * len(listed)
    assert node(CHECK, [client.get(address).json() for address in addresses]) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_layer_is_drawn_as_on_the_portals_map(client, small_city, theme):
    shown = {kind.slug: kind for kind in open_kinds()}
    given = [
        [
            {"slug": slug, "solid": kind.merge_small, "shape": kind.shape, "style": kind.style},
            client.get(f"/tiles/{slug}.json").json(),
        ]
        for slug, kind in shown.items()
    ]
    for slug, expected in zip(shown, node(PORTAL, given, theme), strict=True):
        found = client.get(f"/ogc/styles/{slug}?theme={theme}").json()["layers"]
        assert found[0]["id"] == "ground"
        assert found[1:] == expected


def test_the_whole_map_hides_what_is_hidden(client, small_city):
    found = client.get("/ogc/styles/map").json()
    assert "hydrants" not in json.dumps(found)
    staff = client.get("/ogc/styles/map", headers=bearer(account("planners"))).json()
    assert {layer["source"] for layer in found["layers"][1:]} <= set(found["sources"])
    assert set(found["sources"]) <= set(staff["sources"])
    assert found["sources"]["roads"]["url"] == "http://testserver/tiles/roads.json"


def test_areas_lie_beneath_buildings_and_words_on_top(client, small_city):
    layers = client.get("/ogc/styles/map").json()["layers"]
    kinds = [layer["type"] for layer in layers]
    first_word = kinds.index("symbol")
    assert set(kinds[first_word:]) == {"symbol"}
    ids = [layer["id"] for layer in layers]
    assert ids.index("base-green-0") < ids.index("base-buildings-0") < ids.index("base-roads-0")
