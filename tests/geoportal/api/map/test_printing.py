"""`POST /print/` and `GET /print/frame.json`: content of a sheet by the visitor's access, and refusals."""

import json
import threading
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from django.test import Client
from pdfplumber.pdf import PDF
from pyproj import Transformer
from shapely import Point

from geoportal.api.map import printing
from geoportal.cartography.printing import features
from layers.kinds import kind_of
from layers.record import Record
from tests.geoportal.conftest import RYNEK_2178, bring_in, house

pytestmark = pytest.mark.usefixtures("small_city")
RYNEK = [20.63139, 50.87028]


def order(client: Client, **more: Any):
    body = {"title": "Rynek", "center": RYNEK, "scale": 1000, "layers": [{"slug": "buildings"}]} | more
    return client.post("/print/", json.dumps(body), content_type="application/json")


def opened(response) -> PDF:
    assert response.status_code == 200, response.content
    return pdfplumber.open(BytesIO(response.content))


def words(response) -> str:
    return " ".join(" ".join(page.extract_text() for page in opened(response).pages).split())


def houses(response) -> int:
    """Houses of 20 m at 1:1,000, which are squares of 20 mm."""
    page = opened(response).pages[0]
    return len([one for one in page.rects if one["fill"] and abs(one["width"] * 25.4 / 72 - 20) < 0.1])


def test_a_sheet_says_what_it_shows(client) -> None:
    response = order(client, layers=[{"slug": "buildings"}, {"slug": "roads"}], title="Plan Żródlanej")
    text = words(response)
    for said in (
        "Plan Żródlanej",
        "Geoportal miasta Kielce",
        "Skala 1:1 000",
        "1 cm na papierze to 10 m",
        "PL-2000/21 (EPSG:2178)",
        "Północ geograficzna: 0°17′ na wschód",
        "Legenda",
        "Budynki",
        "Drogi",
        "Źródła",
        "Ewidencja gruntów i budynków",
        "CC0-1.0",
        "Data wydruku:",
    ):
        assert said in text, said
    assert "SYNTE" not in text


def test_a_sheet_speaks_english_when_its_page_does(client) -> None:
    text = words(order(client, language="en"))
    for said in ("Scale 1:1,000", "Legend", "Buildings", "Sources", "Land and building register", "Printed on:"):
        assert said in text, said


def test_a_sheet_is_a_tagged_document_with_title_and_language(client) -> None:
    document = opened(order(client, language="en", title="Plan of Źródlana"))
    catalogue = document.doc.catalog
    assert document.metadata["Title"] == "Plan of Źródlana"
    assert catalogue["Lang"] == b"en"
    assert catalogue["MarkInfo"]["Marked"] is True
    assert "StructTreeRoot" in catalogue
    fonts = {char["fontname"].split("+")[-1].replace("-", "") for char in document.pages[0].chars}
    assert all(name.startswith("NotoSans") for name in fonts), fonts


def test_the_file_is_named_and_not_kept_by_anyone(client) -> None:
    response = order(client, language="en")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('attachment; filename="map-kielce-2')
    assert response["Cache-Control"] == "private, no-store"


def test_invented_data_mark_the_map_the_file_and_the_metadata(client) -> None:
    bring_in("monuments", [Record("m", Point(*RYNEK_2178), {"name": "Pomnik"})], "demo_city", synthetic=True)
    response = order(client, layers=[{"slug": "monuments"}, {"slug": "buildings"}])
    assert "-dane-syntetyczne.pdf" in response["Content-Disposition"]
    assert opened(response).metadata["Keywords"] == "dane syntetyczne"
    text = words(response)
    assert "nie wolno na jej podstawie podejmować decyzji" in text
    # Written at the layer that is invented, since another one is not.
    assert text.count("dane zmyślone") == 1
    letters = "".join(char["text"] for char in opened(response).pages[0].chars)
    assert letters.count("SYNTHETIC DATA") == 3


def test_a_filter_and_a_moment_choose_what_is_drawn(client) -> None:
    assert houses(order(client)) == 2
    assert houses(order(client, layers=[{"slug": "buildings", "filter": "use_class = 'public'"}])) == 1
    as_json = {"op": "=", "args": [{"property": "use_class"}, "public"]}
    filtered = order(client, layers=[{"slug": "buildings", "filter": as_json}])
    assert houses(filtered) == 1
    assert "Funkcja: użyteczność publiczna" in words(filtered)
    past = order(client, at="2001-01-31")
    assert houses(past) == 0
    assert "Stan danych na dzień: 31 stycznia 2001" in words(past)


def test_chosen_objects_are_marked(client) -> None:
    building = kind_of("buildings").model.objects.current().get(source_id="b2")
    response = order(client, layers=[], pick=[f"buildings/{building.feature_id}"])
    page = opened(response).pages[0]
    marks = [one for one in page.rects if abs(one["width"] * 25.4 / 72 - 20) < 0.1]
    # 40 m east of the market square are 40 mm right of the map's middle.
    frame = max((one for one in page.rects if one["stroke"]), key=lambda one: one["width"] * one["height"])
    middle = (frame["x0"] + frame["x1"]) / 2
    assert {round((one["x0"] - middle) * 25.4 / 72) for one in marks} == {40}
    assert "Wybrane obiekty" in words(response)


def test_a_label_of_a_drawn_shape_is_written(client) -> None:
    shape = {"type": "Feature", "geometry": {"type": "Point", "coordinates": RYNEK}, "properties": {"label": "Tu"}}
    response = order(client, layers=[], shapes={"type": "FeatureCollection", "features": [shape]})
    letters = "".join(char["text"] for char in opened(response).pages[0].chars)
    assert "Tu" in letters
    assert "Dorysowane przez autora wydruku" in words(response)


def test_without_scale_and_centre_the_drawn_shapes_fill_the_sheet(client) -> None:
    """A square of 150 m: at 1:1,000 it needs 150 mm of the map's 175 mm height; 1:500 would need 300 mm."""
    back = Transformer.from_crs("EPSG:2178", "EPSG:4326", always_xy=True)
    x, y = RYNEK_2178
    ring = [list(back.transform(x + dx, y + dy)) for dx, dy in ((0, 0), (150, 0), (150, 150), (0, 150), (0, 0))]
    shape = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}}
    fitted = order(client, scale=None, center=None, shapes={"type": "FeatureCollection", "features": [shape]})
    assert "Skala 1:1 000" in words(fitted)


def test_a_layer_too_dense_for_the_scale_is_named_and_not_drawn(client) -> None:
    response = order(client, scale=50_000, layers=[{"slug": "parcels"}, {"slug": "bus_stops"}])
    text = words(response)
    assert "Działki brak danych" in text
    assert "Przystanki nie rysowana w tej skali: byłaby zbyt gęsta, aby ją odczytać" in text


def test_a_legend_that_does_not_fit_stands_on_a_page_of_its_own(client) -> None:
    slugs = "addresses buildings bus_stops districts fire_stations flood_zones green monuments parcels rivers roads"
    every = [{"slug": slug} for slug in (*slugs.split(), "zoning_plans")] * 2
    first, second = (page.extract_text() for page in opened(order(client, layers=every)).pages)
    assert "Legenda i źródła: na następnej stronie" in first
    assert "Punkty adresowe" not in first
    for said in ("Rynek", "Legenda", "Punkty adresowe", "Plany miejscowe", "Źródła"):
        assert said in second


@pytest.mark.parametrize("orientation", ["portrait", pytest.param("landscape", marks=pytest.mark.thorough)])
@pytest.mark.parametrize(
    "title", ["Mapa do celów projektowych: Śródmieście i Czarnów", "Długi tytuł arkusza mapy " * 4]
)
def test_a_long_title_stays_above_the_map(client, orientation, title) -> None:
    page = opened(order(client, title=title, orientation=orientation)).pages[0]
    frame = max((one for one in page.rects if one["stroke"]), key=lambda one: one["width"] * one["height"])
    head = page.within_bbox((0, 0, page.width, frame["top"]))
    assert title.split()[-1] in head.extract_text()
    assert title.split()[0] in head.extract_text()


def test_a_hidden_layer_is_as_unknown_as_one_that_does_not_exist(client) -> None:
    hidden, unknown = (order(client, layers=[{"slug": slug}]) for slug in ("hydrants", "hydrantz"))
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json()["detail"].replace("hydrants", "") == unknown.json()["detail"].replace("hydrantz", "")
    picked = order(client, pick=["hydrants/00000000-0000-0000-0000-000000000000"])
    assert picked.json()["detail"] == hidden.json()["detail"]


def test_a_hidden_field_cannot_be_filtered_by(client) -> None:
    hidden, unknown = (
        order(client, layers=[{"slug": "buildings", "filter": f"{field} = 'x'"}]) for field in ("owner", "ownez")
    )
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json()["detail"].replace("owner", "") == unknown.json()["detail"].replace("ownez", "")


LONG_RING = [[20.6 + i * 1e-6, 50.8] for i in range(21_000)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scale": 100}, "Skala mieści się między"),
        ({"scale": 1_000_000}, "Skala mieści się między"),
        ({"scale": "big"}, "Skala mieści się między"),
        ({"scale": True}, "Skala mieści się między"),
        ({"center": [0, 0]}, "poza miastem"),
        ({"center": [20.6]}, "center"),
        ({"center": ["x", "y"]}, "center"),
        ({"paper": "A0"}, "Nie ma takiego papieru"),
        ({"orientation": "diagonal"}, "Nie ma takiego papieru"),
        ({"title": "x" * 121}, "120"),
        ({"title": 5}, "title"),
        ({"title": "a\u202eb"}, "title"),
        ({"layers": "buildings"}, "layers"),
        ({"layers": ["buildings"]}, "layers"),
        ({"layers": [{"slug": ["x"]}]}, "Nie ma warstwy"),
        ({"layers": [{"slug": "buildings"}] * 31}, "30"),
        ({"layers": [{"slug": "buildings", "opacity": 2}]}, "od 0 do 1"),
        ({"layers": [{"slug": "buildings", "filter": "use_class ="}]}, ""),
        ({"layers": [{"slug": "buildings", "filter": ["x"]}]}, "filter"),
        ({"at": "yesterday"}, ""),
        ({"at": 5}, "at"),
        ({"base": "yes"}, "base"),
        ({"shapes": []}, "FeatureCollection"),
        ({"shapes": {"type": "FeatureCollection", "features": [{}]}}, "geometri"),
        ({"shapes": {"type": "FeatureCollection", "features": [{"geometry": {"type": "Heart"}}]}}, "geometri"),
        (
            {
                "shapes": {
                    "type": "FeatureCollection",
                    "features": [{"geometry": {"type": "LineString", "coordinates": LONG_RING}}],
                }
            },
            "zbyt duże",
        ),
        (
            {
                "shapes": {
                    "type": "FeatureCollection",
                    "features": [{"geometry": {"type": "Point", "coordinates": [999, 5]}}],
                }
            },
            "poza miastem",
        ),
        ({"pick": ["buildings"]}, "pick"),
        ({"pick": [7]}, "pick"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_one_line(client, wrong, said) -> None:
    response = order(client, **wrong)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    detail = response.json()["detail"]
    assert detail
    assert "\n" not in detail
    assert said in detail


@pytest.mark.parametrize("body", [" ", "[]", "nonsense", "[" * 100_000, '{"title": NaN, "center": [NaN, NaN]}'])
def test_what_is_no_order_is_refused(client, body) -> None:
    assert client.post("/print/", body, content_type="application/json").status_code == 400


def test_only_json_of_a_bearable_size_is_read(client) -> None:
    assert client.post("/print/", {"title": "form"}).status_code == 415
    big = client.post("/print/", json.dumps({"title": "x" * 1_100_000}), content_type="application/json")
    assert big.status_code == 413
    assert client.get("/print/").status_code == 405


def test_too_much_to_draw_is_refused(client, monkeypatch) -> None:
    monkeypatch.setattr(features, "MOST_VERTICES", 5)
    response = order(client)
    assert response.status_code == 400
    assert "zbyt wiele do narysowania" in response.json()["detail"]


def test_who_comes_while_others_print_is_asked_to_come_again(client, settings, monkeypatch) -> None:
    settings.PRINT_WAIT_SECONDS = 0.05
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(printing, "_turns", taken)
    response = order(client)
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert "spróbuj ponownie za 10 sekund" in response.json()["detail"]


def test_a_refused_sheet_gives_its_turn_back(client) -> None:
    for _ in range(3):
        assert order(client, at="yesterday").status_code == 400
    assert order(client).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_city(client, django_assert_max_num_queries) -> None:
    bring_in("buildings", [house(f"more{i}", 30 * i) for i in range(40)])
    order(client)
    with django_assert_max_num_queries(8):
        assert order(client).status_code == 200


def test_the_frame_covers_the_ground_of_the_sheet(client) -> None:
    """A4 across at 1:1,000: the corners are as far apart as the map on paper is wide, times 1,000."""
    answer = client.get(f"/print/frame.json?paper=A4&orientation=landscape&scale=1000&center={RYNEK[0]},{RYNEK[1]}")
    there = Transformer.from_crs("EPSG:4326", "EPSG:2178", always_xy=True)
    (x0, y0), (x1, y1), (x2, y2), _ = (there.transform(*corner) for corner in answer.json()["corners"])
    page = opened(order(client)).pages[0]
    frames = sorted((one for one in page.rects if one["stroke"]), key=lambda one: -one["width"] * one["height"])
    inner = frames[1]
    assert x1 - x0 == pytest.approx(inner["width"] * 25.4 / 72, abs=0.1)
    assert y2 - y1 == pytest.approx(inner["height"] * 25.4 / 72, abs=0.1)
    assert ((x0 + x2) / 2, (y0 + y2) / 2) == pytest.approx(there.transform(RYNEK[0], RYNEK[1]), abs=0.02)


@pytest.mark.parametrize("query", ["", "scale=1000", "scale=x&center=20.6,50.8", "scale=1000&center=0,0"])
def test_a_frame_without_a_place_or_scale_is_refused(client, query) -> None:
    answer = client.get(f"/print/frame.json?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"]
