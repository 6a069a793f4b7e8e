"""The map's tools as people use them: measuring, drawing, selecting, finding oneself; by mouse and by keyboard."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.map_page import (
    DESK_AND_PHONE,
    VISITS,
    click,
    drawn,
    no_faults,
    open_map,
    painted,
    position,
    thorough,
)
from tests.factories import feature_id

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def tool(page: Page, name: str):
    return page.get_by_role("toolbar").get_by_role("button", name=name)


def panel(page: Page):
    return page.locator("[data-tool-panel]")


def metres(text: str) -> float:
    """The number in "80,12 m" or "80.12 m"."""
    return float(re.sub(r"[^\d.]", "", text.replace(",", ".").replace("m²", "").replace("m", "")))


def drawn_square(page: Page, side: float = 60) -> None:
    """Draw a square with the tool, its lower left corner 70 m west of the map's centre, where no panel is."""
    page.locator("[data-draw-form=rectangle]").click()
    click(page, -70, 0)
    click(page, side - 70, side)


@pytest.mark.parametrize(("width", "lang"), VISITS)
def test_a_length_is_told_on_the_ground_and_on_the_plane(
    page: Page, portal: str, watch: Watch, width: int, lang: str
) -> None:
    open_map(page, portal, lang=lang, width=width)
    tool(page, {"pl": "Pomiar", "en": "Measure"}[lang]).click()
    west = -30 if width == 390 else -80
    click(page, west, 60)
    click(page, west + 60, 60)
    panel(page).get_by_role("button", name={"pl": "Zakończ", "en": "Finish"}[lang]).click()
    rows = panel(page).locator("dl > div")
    expect(rows).to_have_count(2)
    ground, plane = rows.all_inner_texts()
    assert ground.startswith({"pl": "W terenie (geodezyjnie)", "en": "On the ground (geodesic)"}[lang])
    assert plane.startswith({"pl": "W układzie miasta (PL-2000/21)", "en": "On the city's plane (PL-2000/21)"}[lang])
    told = [metres(rows.nth(at).locator("dd").inner_text()) for at in (0, 1)]
    assert told[0] == pytest.approx(60, abs=0.5)
    # 1 - 0.9999313: the plane is 7 cm in a kilometre short (the scale factor of zone 7 here), 4 mm here.
    assert told[0] - told[1] == pytest.approx(60 * (1 - 0.9999313), abs=0.011)
    expect(page.locator("[data-card]")).to_be_hidden()
    assert watch.complaints == []


@thorough
def test_an_area_is_measured_with_its_perimeter(page: Page, portal: str) -> None:
    open_map(page, portal)
    tool(page, "Pomiar").click()
    panel(page).get_by_role("button", name="Powierzchnia").click()
    for corner in ((-30, -30), (30, -30), (30, 30), (-30, 30), (-30, 30)):
        click(page, *corner)
    results = panel(page).locator("[data-measure-result] dd")
    expect(results).to_have_count(4)
    area, _, perimeter, _ = results.all_inner_texts()
    assert metres(area) == pytest.approx(3600, abs=40)
    assert metres(perimeter) == pytest.approx(240, abs=2)


@thorough
def test_measuring_needs_no_mouse(page: Page, portal: str) -> None:
    open_map(page, portal)
    tool(page, "Zaznaczanie wielu").focus()
    page.keyboard.press("ArrowDown")
    expect(tool(page, "Pomiar")).to_be_focused()
    page.keyboard.press("Enter")
    canvas = page.locator(".maplibregl-canvas")
    canvas.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    drawn(page)
    page.keyboard.press("Enter")
    panel(page).get_by_role("button", name="Zakończ").focus()
    page.keyboard.press("Enter")
    # An arrow key moves MapLibre's map by 100 pixels of 0.267 m.
    expect(panel(page).locator("dd").first).to_contain_text(re.compile(r"^2[67],"))
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(tool(page, "Pomiar")).to_be_focused()


@pytest.mark.parametrize("width", DESK_AND_PHONE)
@thorough
def test_shapes_stay_in_the_browser(page: Page, portal: str, width: int) -> None:
    open_map(page, portal, width=width)
    tool(page, "Rysowanie").click()
    page.locator("[data-draw-form=rectangle]").click()
    click(page, -20, 15)
    click(page, 20, 55)
    name = page.get_by_label("Nazwa kształtu")
    expect(name).to_have_value("Prostokąt 1")
    assert metres(page.locator(".shape-size").inner_text()) == pytest.approx(1600, abs=30)
    name.fill("Nowy plac")
    name.press("Enter")
    page.reload()
    tool(page, "Rysowanie").click()
    expect(name).to_have_value("Nowy plac")
    page.get_by_role("button", name="Usuń: Nowy plac").click()
    expect(page.locator("[data-shape]")).to_have_count(0)
    panel(page).get_by_role("button", name="Cofnij", exact=True).click()
    expect(name).to_have_value("Nowy plac")


@thorough
def test_corners_are_moved(page: Page, portal: str) -> None:
    open_map(page, portal)
    tool(page, "Rysowanie").click()
    drawn_square(page)
    page.get_by_role("button", name="Przesuń wierzchołki: Prostokąt 1").click()
    drawn(page)
    page.mouse.move(*position(page, -10, 60))
    page.mouse.down()
    page.mouse.move(*position(page, 20, 90), steps=5)
    page.mouse.up()
    # From its corner the quadrangle (0,0) (60,0) (90,90) (0,60): 5,400 m² by the shoelace formula.
    painted(page)
    assert metres(page.locator(".shape-size").inner_text()) == pytest.approx(5400, abs=80)


@pytest.mark.parametrize(("lang", "button", "fault"), [
    ("pl", "Współrzędne", "Wiersz 2, „tam”, nie jest położeniem w mieście."),
    pytest.param("en", "Coordinates", "Line 2, “tam”, is no position in the city.", marks=thorough),
])  # fmt: skip
@thorough
def test_shapes_can_be_written(page: Page, portal: str, lang: str, button: str, fault: str) -> None:
    open_map(page, portal, lang=lang)
    tool(page, {"pl": "Rysowanie", "en": "Draw"}[lang]).click()
    panel(page).get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    text = dialog.get_by_role("textbox")
    draw = dialog.get_by_role("button", name=re.compile("^(Rysuj|Draw it)$"))
    text.fill("50.87028, 20.63139\ntam")
    draw.click()
    expect(dialog.get_by_role("alert")).to_have_text(fault)
    no_faults(page)
    text.fill("7474054.38 5637285.40\n50.87437, 20.61801")
    draw.click()
    expect(dialog).to_be_hidden()
    # Market square to station, computed independently on GRS80.
    expect(page.locator(".shape-size")).to_have_text(re.compile(r"1[.,]046"))


@thorough
def test_wkt_is_understood(page: Page, portal: str) -> None:
    open_map(page, portal)
    tool(page, "Rysowanie").click()
    panel(page).get_by_role("button", name="Współrzędne").click()
    dialog = page.get_by_role("dialog")
    ring = "20.63 50.87, 20.64 50.87, 20.64 50.88, 20.63 50.88, 20.63 50.87"
    dialog.get_by_role("textbox").fill(f"POLYGON (({ring}))")
    dialog.get_by_role("button", name="Rysuj", exact=True).click()
    # A hundredth of a degree is 703.93 m by 1,112.46 m here (computed independently on GRS80): 78.31 ha.
    expect(page.locator(".shape-size")).to_have_text(re.compile(r"78,3\d?\u00a0ha"))


@thorough
def test_shapes_go_to_a_file_and_come_back(page: Page, portal: str, tmp_path: Path) -> None:
    open_map(page, portal)
    tool(page, "Rysowanie").click()
    drawn_square(page)
    with page.expect_download() as saved:
        panel(page).get_by_role("button", name="Zapisz GeoJSON").click()
    path = tmp_path / "shapes.geojson"
    saved.value.save_as(path)
    (feature,) = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert feature["geometry"]["type"] == "Polygon"
    assert feature["properties"]["label"] == "Prostokąt 1"
    page.locator("[data-draw-file]").set_input_files(path)
    expect(page.locator("[data-shape]")).to_have_count(2)


WRONG_FILES = (
    ("no json", "To nie jest plik GeoJSON."),
    ('{"a": 1}', "Plik jest w formacie JSON, ale nie GeoJSON."),
    ('{"type": "FeatureCollection", "features": []}', "W pliku nie ma kształtów."),
    ('{"type": "Point", "coordinates": [7474054, 5637285]}', "Współrzędne muszą być w stopniach"),
    ('{"type": "Feature", "geometry": null}', "Obiekt 1 nie ma geometrii"),
)


@thorough
def test_a_file_that_cannot_be_opened_says_why(page: Page, portal: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.geojson"
    open_map(page, portal)
    tool(page, "Rysowanie").click()
    for text, fault in WRONG_FILES:
        path.write_text(text, encoding="utf-8")
        page.locator("[data-draw-file]").set_input_files(path)
        expect(panel(page).locator("[data-draw-hint]")).to_contain_text(fault)


def test_a_drawn_area_leads_to_its_report_and_a_wrong_file_says_why(page: Page, portal: str, tmp_path: Path) -> None:
    open_map(page, portal)
    tool(page, "Rysowanie").click()
    path = tmp_path / "wrong.geojson"
    path.write_text(WRONG_FILES[0][0], encoding="utf-8")
    page.locator("[data-draw-file]").set_input_files(path)
    expect(panel(page).locator("[data-draw-hint]")).to_contain_text(WRONG_FILES[0][1])
    drawn_square(page)
    link = page.get_by_role("link", name="Raport: Prostokąt 1")
    expect(link).to_have_attribute("href", re.compile(r"^/reports/place/\?area=%7B%22type%22%3A%22Polygon%22"))


@pytest.mark.parametrize("width", DESK_AND_PHONE)
def test_a_rectangle_selects_counts_and_sums(page: Page, portal: str, width: int) -> None:
    open_map(page, portal, width=width, view="map=17.5/50.869876/20.63139&layers=buildings")
    tool(page, "Zaznaczanie wielu").click()
    panel(page).get_by_role("button", name="Prostokąt").click()
    # The centre is 45 m south of the school, which is 40 m wide.
    click(page, -35, 15)
    click(page, 35, 68)
    result = panel(page).locator("[data-select-result]")
    expect(result).to_contain_text("Budynki: 1")
    expect(result).to_contain_text("Szkoła Żródlana")
    expect(result).to_contain_text("Powierzchnia na mapie: 1\u00a0600\u00a0m²")
    address = result.get_by_role("link", name="Pokaż w tabeli").get_attribute("href") or ""
    assert str(feature_id("school", "demo_city")) in address
    assert address.startswith("/catalogue/buildings/table/?filter=%7B%22op%22%3A%22in%22")
    no_faults(page)


@thorough
def test_shift_adds_to_the_selection_and_a_link_keeps_it(page: Page, portal: str) -> None:
    # The centre is 200 m east and 80 m north of the school; half the zoom makes a metre half as long.
    open_map(page, portal, view="map=16.5/50.870999/20.634231&layers=buildings")
    click(page, -100, -40)
    expect(page.locator("[data-card]")).to_be_visible()
    page.keyboard.down("Shift")
    click(page, 3, 3)
    page.keyboard.up("Shift")
    expect(panel(page).locator("[data-select-hint]")).to_have_text("Zaznaczone obiekty: 2")
    expect(page.locator("[data-card]")).to_be_hidden()
    expect(page).to_have_url(re.compile("pick=buildings/[0-9a-f-]{36},buildings/[0-9a-f-]{36}"))
    page.reload()
    expect(panel(page).locator("[data-select-hint]")).to_have_text("Zaznaczone obiekty: 2")
    panel(page).get_by_role("button", name="Wyczyść zaznaczenie").click()
    expect(page).not_to_have_url(re.compile("pick="))


def test_the_device_says_where_one_is(page: Page, portal: str) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 20.61801, "latitude": 50.87437, "accuracy": 25})
    open_map(page, portal, width=390)
    tool(page, "Gdzie jestem").click()
    expect(page.locator("[data-notice]")).to_have_text("Jesteś tutaj, z dokładnością do 25 m.")
    expect(page).to_have_url(re.compile(r"map=[\d.]+/50\.874\d*/20\.618\d*"), timeout=20_000)
    expect(tool(page, "Gdzie jestem")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("lang", "name", "fault"), [
    ("pl", "Gdzie jestem", "Przeglądarka nie może podać położenia."),
    pytest.param("en", "Where am I", "The browser may not tell where you are.", marks=thorough),
])  # fmt: skip
@thorough
def test_a_device_that_may_not_say_it_is_explained(page: Page, portal: str, lang: str, name: str, fault: str) -> None:
    page.context.clear_permissions()
    open_map(page, portal, lang=lang)
    tool(page, name).click()
    expect(page.locator("[data-notice]")).to_contain_text(fault)
    expect(tool(page, name)).to_have_attribute("aria-pressed", "false")


@thorough
def test_axe_finds_nothing(page: Page, portal: str) -> None:
    open_map(page, portal)
    for name in ("Pomiar", "Rysowanie", "Zaznaczanie wielu"):
        page.set_viewport_size({"width": 1440, "height": 844})
        tool(page, name).click()
        if name == "Rysowanie":
            page.locator("[data-draw-form=point]").click()
            click(page, -20, 70)
            expect(page.locator("[data-shape]")).to_have_count(1)
        for width in (1440, 1024, 390):
            page.emulate_media(color_scheme="dark" if width == 1024 else "light")
            page.set_viewport_size({"width": width, "height": 844})
            drawn(page)
            no_faults(page)
            assert page.evaluate("document.documentElement.scrollWidth") == width
