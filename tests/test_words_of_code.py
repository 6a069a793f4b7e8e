"""Docstrings and comments are technical English: the words that CONVENTIONS.md bans stay out of them.

Only prose is read, no identifiers: text in backticks or quotes is a name or somebody's words. “Lies” has its plain
meaning in geometry (a house lies in a zone), so no search can judge it and it is not in the list.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("geoportal", "layers", "ingest", "analysis", "scripts", "tests")
PYTHON = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if path.parent.name != "migrations"]
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
BANNED = re.compile(
    r"\b(?:whoever asks|tells?|told|telling|speaks?|spoken|speaking|says?|said|saying|kept|held|notices?|doors?)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"`[^`]*`|“[^”]*”|\"[^\"]*\"")
REMARK = re.compile(r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", re.DOTALL)


def python_prose(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each docstring (of attributes too) and comment."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def script_prose(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each comment."""
    for found in REMARK.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[0]


def banned(path: Path, text: str) -> list[str]:
    """Banned words in the prose of a file, with the line on which their docstring or comment begins."""
    prose = script_prose(text) if path.suffix == ".js" else python_prose(text)
    return [f"{line}: {word}" for line, part in prose for word in BANNED.findall(NAMES.sub("", part))]


@pytest.mark.parametrize("folder", [*ROOMS, "static"])
def test_prose_of_code_has_no_banned_words(folder):
    files = [path for path in [*PYTHON, *SCRIPTS] if path.relative_to(ROOT).parts[0] == folder]
    found = {str(path.relative_to(ROOT)): banned(path, path.read_text(encoding="utf-8")) for path in files}
    assert files
    assert {name: words for name, words in found.items() if words} == {}


def test_the_search_reads_docstrings_and_comments_and_no_code():
    python = '"""For whoever asks."""\nsaid = "told"  # it says `said`\nclass A:\n    x = 1\n    """Kept."""\n'
    assert sorted(banned(Path("a.py"), python)) == ["1: whoever asks", "2: says", "5: Kept"]
    script = 'const told = "https://said/"; // speaks\n/** The\n * map tells “what it said”. */\n'
    assert banned(Path("a.js"), script) == ["1: speaks", "2: tells"]
