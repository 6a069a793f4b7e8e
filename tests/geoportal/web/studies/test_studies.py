"""Studies' pages: the answer in plain words, figures as in the database, trials, nothing that staff alone may see."""

import json
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from django.db import connection
from django.test import Client
from shapely import MultiPolygon

from analysis.results import PrivateResult
from analysis.running.runner import StudyOrder, run_study
from analysis.tasks import study_run
from geoportal.web.studies import report as study_report
from layers.kinds import KINDS
from layers.record import Record
from layers.runs.models import Dataset, Run
from tests.databases import MadeOnce
from tests.factories import building, load, square

STUDY = "/studies/flood_exposure/"
RESIDENTS = 137.9
"""So odd that it cannot appear by chance."""


@pytest.fixture
def town(db: None) -> None:
    """40 houses of 100 m² in water of class 2 once in 100 years, one shop alone in it; all invented."""
    study_report._map.cache_clear()
    study_report._paper.cache_clear()
    store_town()


@MadeOnce
def store_town() -> None:
    Dataset.objects.create(slug="demo_city", synthetic=True)
    houses = [
        building(f"h{n}", 12 * (n % 20), 12 * (n // 20), use_class="residential", residents=RESIDENTS)
        for n in range(40)
    ]
    shop = building("shop", 5, 60, 13, use_class="commercial", residents=0.0)
    load("buildings", [*houses, shop], "demo_city")
    water = [Record("w", MultiPolygon([square(-50, -50, 400)]), {"scenario": "p1", "depth_class": 2})]
    load("flood_zones", water, "demo_city")


@pytest.fixture
def computed(town: None) -> Run:
    return run_study(StudyOrder("flood_exposure"))


def work() -> None:
    """Do what is queued, here: a worker would close the connection of a test that is rolled back."""
    for run in Run.objects.filter(status="queued"):
        study_run.call(run.pk)


def words(page: Any) -> str:
    """What a reader sees of a page, with ordinary spaces."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text).replace("&nbsp;", " "))


def test_the_answer_is_one_plain_sentence(computed: Run, client: Client) -> None:
    # 40 x 100 m² x 2,500 x 0.45 (residential) + 169 m² x 2,500 x 0.375 (commercial) = 4.5 million + 158,437.5;
    # both at 1.25 m. People: 40 x 137.9 = 5,516. A year: (0.01 - 0.002) / 2 x D + (0.1 - 0.01) / 2 x D = 0.049 x D.
    page = client.get(STUDY)
    assert page.status_code == 200
    assert (
        "Woda 100-letnia obejmie 41 budynków, w których mieszka około 5 520 osób; strata około 4,7 mln zł. "
        "Przeciętnie rocznie: 230 tys. zł." in words(page)
    )
    english = client.get(f"{STUDY}?lang=en")
    assert (
        "A 1-in-100-year flood reaches 41 buildings in which about 5,520 people live; the loss is about "
        "4.7 million zł. On average a year: 230 thousand zł." in words(english)
    )


def test_figures_are_those_of_the_database(computed: Run, client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(residents), sum(loss_p1_pln), sum(ead_pln) FROM layers_floodexposure "
            "WHERE recorded_to IS NULL AND share_p1 IS NOT NULL"
        )
        count, people, loss, annual = cursor.fetchone()
    figures = client.get("/studies/flood_exposure.json").json()
    rows = {row["title"]: row["values"] for row in figures["tables"]["scenarios"]}
    assert rows["Woda 100-letnia"] == [count, round(people, -1), round(loss, -4)]
    assert (count, loss) == (41, pytest.approx(4_658_437.5, abs=2))
    assert annual == pytest.approx(4_658_437.5 * 0.049, abs=50) or annual == pytest.approx(
        4_658_437.5 * 0.0065, rel=9
    )


def test_a_single_building_of_a_use_is_not_told_apart(computed: Run, client: Client) -> None:
    figures = client.get("/studies/flood_exposure.json").json()
    assert "uses" not in figures["tables"]
    assert "handlowo" not in words(client.get(STUDY))


def test_the_page_says_what_is_invented_estimated_and_how_it_is_known(computed: Run, client: Client) -> None:
    text = words(client.get(STUDY))
    for said in (
        "Te dane są zmyślone",
        "Szacunek: krzywe strat JRC",
        "wersja 1 (JRC 2017)",
        "Huizinga",
        "Woda 100-letnia 1% szans w roku 41 5 520 4,66 mln zł",
        "Miasto pokazowe",
        "na polecenie miasta",
        "całe miasto",
        "2 500 zł/m²",
        "100–50 000 zł/m²",
    ):
        assert said in text, said


def leaks(page: Any) -> list[str]:
    """Traces of the staff's layer in an answer."""
    body = page.content.decode("utf-8", "replace")
    traces = [trace for trace in ("137.9", "137,9", "share_p1", "depth_p1_m", "damage_class") if trace in body]
    return traces + re.findall(r"flood_exposure(?!_grid)[/.?\"'](?:table|geojson|csv|gpkg)", body)


@pytest.mark.parametrize(
    "address",
    [
        "/studies/",
        STUDY,
        "/studies/flood_exposure.json",
        f"{STUDY}report/",
        f"{STUDY}report/map/",
        f"{STUDY}flood_exposure_grid.geojson",
    ],
)
def test_nothing_of_single_buildings_leaves_the_portal(computed: Run, client: Client, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert leaks(page) == []


@pytest.mark.parametrize("layer", ["flood_exposure", "buildings", "hydrants", "nothing"])
def test_only_public_results_of_the_study_are_given_as_features(computed: Run, client: Client, layer: str) -> None:
    assert client.get(f"{STUDY}{layer}.geojson").status_code == 404


def test_squares_say_their_figures_in_words(computed: Run, client: Client) -> None:
    squares = client.get(f"{STUDY}flood_exposure_grid.geojson").json()["features"]
    # Eight of the houses lie in the next square, too few to be shown.
    assert [one["properties"]["buildings_p1"] for one in squares] == [33]
    assert ["woda 100-letnia (1%): mieszkańcy", "4\u00a0410"] in squares[0]["properties"]["said"]


def test_a_study_that_was_never_computed_says_so(town: None, client: Client) -> None:
    assert "Tej analizy jeszcze nie policzono" in words(client.get(STUDY))
    assert "Jeszcze nie policzono" in words(client.get("/studies/"))
    assert client.get("/studies/flood_exposure.json").status_code == 404
    assert client.get(f"{STUDY}report/").status_code == 404
    assert client.get("/studies/nothing/").status_code == 404


def test_a_trial_is_asked_for_waited_for_and_read(computed: Run, client: Client) -> None:
    asked = client.post(STUDY, {"max_damage_residential_pln_m2": "5\u00a0000,0"})
    assert asked.status_code == 302
    waiting = client.get(asked["Location"])
    assert "Czeka w kolejce" in words(waiting)
    assert b'<noscript><meta http-equiv="refresh"' in waiting.content
    state = client.get(f"{asked['Location'].rstrip('/')}.json").json()
    assert (state["status"], state["ended"]) == ("queued", False)
    work()
    assert client.get(f"{asked['Location'].rstrip('/')}.json").json()["ended"] is True
    page = client.get(asked["Location"])
    text = words(page)
    # 40 x 100 m² x 5,000 x 0.45 = 9 million, and the shop as before; published were 4.66 million.
    assert "9,16 mln zł" in text and "opublikowano: 4,66 mln zł" in text and "+4,5 mln zł (+97 %)" in text
    assert "bez zmian" in text and "Otwiera to tylko ten odnośnik" in text
    assert page["Cache-Control"] == "private, no-store" and page["X-Robots-Tag"] == "noindex"
    assert "max_damage_residential_pln_m2=5000" in page.content.decode()
    squares = client.get(f"{asked['Location']}flood_exposure_grid.geojson")
    assert squares["Cache-Control"] == "private, no-store" and squares.json()["features"]
    assert [*leaks(page), *leaks(squares)] == []
    assert client.get(f"{asked['Location']}flood_exposure.geojson").status_code == 404
    # What is published stayed as it was.
    assert "4,7 mln zł" in words(client.get(STUDY))
    assert PrivateResult.objects.get().token not in client.get(STUDY).content.decode()


def test_a_trial_is_cancelled_by_its_button_only(computed: Run, client: Client) -> None:
    address = client.post(STUDY, {})["Location"]
    assert client.get(f"{address}cancel/").status_code == 405
    assert client.post(f"{address}cancel/").status_code == 302
    text = words(client.get(address))
    assert "Próba została przerwana" in text and "Zmień założenia i spróbuj ponownie" in text


@pytest.mark.parametrize(("attempt", "waits"), [(2, True), (3, False)])
def test_a_trial_interrupted_for_the_last_time_has_ended(
    computed: Run, client: Client, attempt: int, waits: bool
) -> None:
    address = client.post(STUDY, {})["Location"]
    Run.objects.filter(mode="private").update(status="interrupted", attempt=attempt)
    page = client.get(address)
    assert ("js/page/job.js" in page.content.decode()) is waits
    assert ("w ciągu minuty" in words(page)) is waits
    assert ("kilka razy i nie zostanie podjęte" in words(page)) is not waits
    assert client.get(f"{address.rstrip('/')}.json").json()["ended"] is not waits
    assert (client.post(STUDY, {}).status_code == 302) is not waits


def test_forms_are_protected_against_other_sites(computed: Run) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(STUDY, {}).status_code == 403
    assert Run.objects.filter(mode="private").count() == 0


@pytest.mark.parametrize("typed", ["", "dużo", "99", "50001", "nan"])
def test_what_is_wrong_is_said_beside_the_field(computed: Run, client: Client, typed: str) -> None:
    page = client.post(STUDY, {"max_damage_commercial_pln_m2": typed})
    assert page.status_code == 400
    body = page.content.decode()
    field = re.search(r"<input[^>]*max_damage_commercial_pln_m2[^>]*>", body)
    assert field and 'aria-invalid="true"' in field[0] and "max_damage_commercial_pln_m2-fault" in field[0]
    assert body.count('aria-invalid="true"') == 1
    assert "Wpisz liczbę z zakresu 100–50 000 zł/m²." in words(page)
    assert not Run.objects.filter(mode="private").exists()


def test_what_planners_alone_may_change_is_not_offered_and_refused(computed: Run, client: Client) -> None:
    assert b'name="exposed_share"' not in client.get(STUDY).content
    page = client.post(STUDY, {"exposed_share": "0.5"})
    assert page.status_code == 403
    assert "sprawdzają tylko planiści" in words(page)


def test_a_second_trial_waits_and_many_are_too_many(computed: Run, client: Client, settings: Any) -> None:
    client.post(STUDY, {})
    page = client.post(STUDY, {})
    assert page.status_code == 409 and "Spróbuj ponownie za minutę" in words(page)
    work()
    settings.STUDY_TRIALS_PER_HOUR = 1
    page = client.post(STUDY, {})
    assert page.status_code == 429 and "Spróbuj ponownie później" in words(page)


def test_links_of_others_cannot_be_guessed_or_crossed(computed: Run, client: Client) -> None:
    client.post(STUDY, {})
    run = Run.objects.get(mode="private")
    for token in (str(run.pk), "x", "0" * 24):
        assert client.get(f"{STUDY}results/{token}/").status_code == 404
        assert client.get(f"{STUDY}results/{token}.json").status_code == 404
        assert client.post(f"{STUDY}results/{token}/cancel/").status_code == 404


def test_a_drawn_area_of_few_buildings_says_nothing_of_them(town: None, client: Client) -> None:
    run_study(StudyOrder("flood_exposure"))
    run = run_study(StudyOrder("flood_exposure", private=True, area=square(-1, -1, 20)))
    page = client.get(f"{STUDY}results/{run.details['token']}/")
    text = words(page)
    assert "mniej niż 10 budynków" in text and "tylko wskazanego obszaru" in text
    assert "W porównaniu" not in text
    assert leaks(page) == []


def test_the_frame_may_run_its_own_scripts_only(computed: Run, client: Client) -> None:
    frame = client.get(f"{STUDY}report/map/")
    policy = frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox allow-scripts;" in policy and "frame-ancestors 'self'" in policy
    scripts = policy.split("script-src")[1].split(";")[0]
    assert "unsafe" not in scripts and scripts.count("sha256-") == len(re.findall(rb"<script>", frame.content))
    assert b"https://" not in re.sub(rb"http://www.w3.org", b"", frame.content).replace(b"leafletjs.com", b"")
    page = client.get(f"{STUDY}report/")
    assert page["Content-Security-Policy"].endswith("frame-src 'self'")
    assert "unsafe" not in page["Content-Security-Policy"]
    assert b'sandbox="allow-scripts"' in page.content


def test_the_map_shows_the_base_map_around_the_result(
    town: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields: dict[str, dict[str, Any]] = {
        "green": {"green_class": "park"},
        "parcels": {"parcel_no": "1", "land_use": "B"},
    }
    for slug, values in fields.items():
        load(slug, [Record("around", MultiPolygon([square(-300, -300, 100)]), values)], "demo_city")
    style = {"slot": "ground", "type": "fill", "paint": {"fill-color": "#123456"}}
    monkeypatch.setitem(KINDS, "parcels", replace(KINDS["parcels"], basemap=(style,)))
    monkeypatch.setitem(KINDS, "buildings", replace(KINDS["buildings"], basemap=(style | {"minzoom": 14},)))
    run_study(StudyOrder("flood_exposure"))
    made = client.get(f"{STUDY}report/map/").content.decode()
    assert made.count('"fill": "#123456"') == 1, "the parcel; buildings are drawn from a closer zoom on"
    assert made.count('"fill": "#d3e8c2"') == 1, "a park in the base map's own colour"


def test_the_report_as_pdf_says_the_same(computed: Run, client: Client) -> None:
    answer = client.get(f"{STUDY}report.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].endswith('synthetic.pdf"') or "syntetyczne" in answer["Content-Disposition"]
    with pdfplumber.open(BytesIO(answer.content)) as pdf:
        pages = [page.extract_text() for page in pdf.pages]
        catalog = str(pdf.doc.catalog)
    text = " ".join(" ".join(pages).split())
    assert "41 budynków" in text and "około 5 520 osób" in text and "4,66 mln zł" in text
    assert "SYNTETYCZNE" in pages[0] or "syntetyczne" in pages[0]
    assert "Strona 1 / " in text and "Huizinga" in text and "137,9" not in text
    assert "StructTreeRoot" in catalog and "Lang" in catalog


def test_the_list_costs_the_same_however_many_runs_there_were(
    computed: Run, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        run_study(StudyOrder("flood_exposure"))
    with django_assert_max_num_queries(3):
        client.get("/studies/")
    with django_assert_max_num_queries(30):
        client.get(STUDY)


def test_health_names_the_studies(computed: Run, client: Client) -> None:
    told = json.loads(client.get("/health").content)["studies"]["flood_exposure"]
    assert told["computed"] and (told["queued"], told["running"]) == (0, 0)
