"""House rules of the front end that a machine can check."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.utils.translation import override
from django.utils.translation.template import templatize

import geoportal
from geoportal.web.catalogue.chart import chart_words
from geoportal.web.editing.words import edit_words
from geoportal.web.photos.review_words import review_words
from geoportal.web.sql.words import sql_words
from geoportal.web.words import script_words
from geoportal.wording.examples import copy_words

ROOT = Path(geoportal.__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
CATALOGUE = ROOT / "geoportal" / "locale" / "pl" / "LC_MESSAGES"
LOANS = {"Geoportal", "km", "m", "{kind} {n}"}
"""Words that Polish and English share."""


def all_words() -> dict[str, str]:
    """Words of all pages' scripts; forms of edits, console, charts and review have their own."""
    own = (script_words, copy_words, edit_words, sql_words, chart_words, review_words)
    return {name: text for words in own for name, text in words().items()}


def test_only_api_js_fetches() -> None:
    assert [file.name for file in SCRIPTS if re.search(r"\bfetch\(|XMLHttpRequest", file.read_text())] == ["api.js"]


def test_every_word_a_script_asks_for_exists_and_is_asked_for() -> None:
    text = "\n".join(file.read_text() for file in SCRIPTS)
    words = set(all_words())
    calls = [re.sub(r'[!=]== "\w+"', "", call) for call in re.findall(r"\bword\(([^)]*)\)", text)]
    asked = {name for call in calls for name in re.findall(r'"(\w+)"', call)}
    assert asked <= words
    families = tuple(re.findall(r"\bword\(`(\w+_)\$\{", text))
    assert all(any(name.startswith(family) for name in words) for family in families)
    passed_on = set(re.findall(r'"(\w+)"', text))
    assert {name for name in words - asked - passed_on if not name.startswith(families)} == set()


def test_colours_come_from_the_tokens() -> None:
    colour = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(")
    others = [file for file in SHEETS if file.name != "tokens.css"]
    assert {file.name: colour.findall(file.read_text()) for file in others} == {file.name: [] for file in others}


def test_every_token_that_is_used_is_defined() -> None:
    text = "\n".join(file.read_text() for file in SHEETS)
    set_by_scripts = re.findall(r'setProperty\("(--[\w-]+)"', "\n".join(file.read_text() for file in SCRIPTS))
    defined = {*re.findall(r"(--[\w-]+):", text), *set_by_scripts}
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined


def test_no_sheet_or_script_names_another_host() -> None:
    assert [file.name for file in (*SCRIPTS, *SHEETS) if re.search(r"https?://", file.read_text())] == []


def test_own_scripts_stay_small() -> None:
    assert sum(file.stat().st_size for file in SCRIPTS) < 380_000


def test_every_word_of_the_scripts_has_polish() -> None:
    with override("pl"):
        polish = all_words()
    with override("en"):
        english = all_words()
    assert {name for name in english if english[name] == polish[name] and english[name] not in LOANS} == set()


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")
def test_the_compiled_catalogue_is_that_of_the_words(tmp_path: Path) -> None:
    made = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "-o", made, CATALOGUE / "django.po"], check=True, capture_output=True)
    assert made.read_bytes() == (CATALOGUE / "django.mo").read_bytes()


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_every_word_of_templates_and_python_has_polish(tmp_path: Path) -> None:
    # In a grammar `_` is a decorator of sly, which gettext would take for its own function.
    files = [str(file) for file in sorted((ROOT / "geoportal").rglob("*.py")) if file.name != "grammar.py"]
    for at, file in enumerate(sorted((ROOT / "geoportal" / "templates").rglob("*.html"))):
        extracted = tmp_path / f"{at}.py"
        extracted.write_text(templatize(file.read_text(), origin=str(file)))
        files.append(str(extracted))
    calls = ["gettext", "gettext_noop", "ngettext:1,2", "pgettext:1c,2", "npgettext:1c,2,3"]
    found, merged = tmp_path / "found.pot", tmp_path / "merged.po"
    keywords = [f"--keyword={call}" for call in calls]
    extract = ["xgettext", "--from-code=UTF-8", "-LPython", *keywords, "-o", str(found), *files]
    subprocess.run(extract, check=True)
    merge = ["msgmerge", "-q", "--no-fuzzy-matching", "-o", str(merged), str(CATALOGUE / "django.po"), str(found)]
    subprocess.run(merge, check=True)
    missing = subprocess.run(["msgattrib", "--untranslated", str(merged)], check=True, capture_output=True, text=True)
    assert re.findall(r'^msgid "(.+)"$', missing.stdout, re.MULTILINE) == []
