"""A file that cannot be imported is refused in one clear Polish sentence, and nothing of it is stored."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from geoportal.uploads.files import Upload, harmless
from layers.runs.models import Run
from tests.geoportal.logins import account
from tests.geoportal.uploads.conftest import HTML, address, feature, geojson, sent


@pytest.fixture
def planner(db: None, client: Client, settings: Any, tmp_path: Path) -> Client:
    """A planner who has logged in; nothing here makes a table."""
    settings.MEDIA_ROOT = str(tmp_path)
    client.force_login(account("planners"))
    return client


def refusal(client: Client, *files: SimpleUploadedFile) -> str:
    """The one sentence by which files were refused; nothing was stored of them."""
    answer = client.post("/uploads/", {"file": list(files)}, **HTML)
    assert answer.status_code in (400, 413), answer.status_code
    assert not Upload.objects.exists() and not Run.objects.exists()
    kept = Path(configured.MEDIA_ROOT) / "uploads"
    assert not kept.is_dir() or not list(kept.iterdir())
    return answer.content.decode().split('role="alert"')[1].split("<p>")[1].split("</p>")[0]


def bomb() -> SimpleUploadedFile:
    """A zip of one member that grows a thousand times."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.geojson", b" " * 60_000_000)
    return SimpleUploadedFile("bomba.zip", target.getvalue())


def table(text: str, name: str = "tabela.csv") -> SimpleUploadedFile:
    """A text file."""
    return SimpleUploadedFile(name, text.encode())


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (table("", "pusty.geojson"), "Plik jest pusty."),
        (bomb(), "o wiele większy"),
        (table("to nie jest mapa", "obraz.png"), "To nie jest plik z danymi mapy."),
        (table("nazwa;rok\nA;1\n"), "Tabela nie ma kształtów ani kolumn ze współrzędnymi."),
        (table('{"type": "FeatureCollection", "features": [', "uciety.geojson"), "Plik jest uszkodzony"),
        (table("[" * 100_000, "gleboki.geojson"), "o wiele większy lub bardziej złożony"),
    ],
    ids=["empty", "bomb", "foreign", "no-geometry", "cut", "deep"],
)
def test_bad_files_are_refused_in_one_sentence(planner, file, words):
    file.seek(0)
    if not file.size:
        file = SimpleUploadedFile("pusty.geojson", b"")
    assert words in refusal(planner, file)


def test_a_file_over_the_limit_is_refused_before_it_is_read(planner, settings):
    settings.UPLOAD_BYTES = 1000
    assert refusal(planner, table("x" * 200_000)) == "Plik jest za duży."
    assert refusal(planner, table("x" * 2000)) == "Plik jest za duży."


def test_an_unknown_coordinate_system_is_asked_for_and_then_used(planner):
    rows = "\n".join(f"Punkt {n};{100 + n};{200 + n}" for n in range(3))
    upload = sent(planner, table(f"nazwa;x;y\n{rows}\n"))
    page = planner.get(address(upload), **HTML).content.decode()
    assert "Plik nie podaje układu współrzędnych" in page and "Wypróbuj" not in page
    planner.post(address(upload), {"crs": "EPSG:2178"}, **HTML)
    page = planner.get(address(upload), **HTML).content.decode()
    assert "wybrany przez Ciebie" in page and "Wypróbuj" in page


def test_a_new_layer_needs_a_title_and_a_column(planner):
    upload = sent(planner, geojson(feature(1, NAZWA="x")))
    for form, words in (
        ({"kind": "new", "title_pl": " ", "use-0": "on"}, "Podaj nazwę nowej warstwy."),
        ({"kind": "new", "title_pl": "Tytuł"}, "Wybierz co najmniej jedną kolumnę nowej warstwy."),
    ):
        answer = planner.post(address(upload, "target/"), form, **HTML)
        assert answer.status_code == 400 and words in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dane\\plan.shp", "plan.shp"),
        (".bashrc", "bashrc"),
        ("zażółć gęślą.gpkg", "zażółć_gęślą.gpkg"),
        ("", "data"),
    ],
)
def test_names_of_files_lead_nowhere(given, kept):
    assert harmless(given) == kept


NASTY: tuple[tuple[str, str], ...] = (
    ("derived_zip_slip.zip", "Archiwum zawiera nazwy prowadzące poza nie."),
    ("empty_zipfile.zip", "Plik jest pusty."),
    ("json_bomb_n_structure_100000_opening_arrays.json", "bardziej złożony"),
    ("dbf_duplicate_fields.dbf", "Tabela nie ma kształtów"),
)


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "words"), NASTY)
def test_nasty_files_are_refused(planner, real_data: Any, name, words):
    given = SimpleUploadedFile(name, (real_data / "nasty" / name).read_bytes())
    assert words in refusal(planner, given)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("derived_kielce_halls_epsg2180_no_prj.zip", "odgadnięty z liczb"),
        ("derived_kielce_halls_epsg2180_no_crs.geojson", "odgadnięty z liczb"),
        ("derived_kielce_plots_cp1250_epsg2178.zip", "podany w pliku"),
        ("derived_kielce_stops_cp1250_decimal_comma_epsg2178.csv", "odgadnięty z liczb"),
    ],
)
def test_real_files_are_placed_and_the_page_says_how(planner, real_data: Any, name, how):
    upload = sent(planner, SimpleUploadedFile(name, (real_data / "nasty" / name).read_bytes()))
    page = planner.get(address(upload), **HTML).content.decode()
    assert how in page and "Wypróbuj" in page
    shapes = planner.get(address(upload, "shapes.geojson")).json()["features"]
    assert shapes
