"""What the README gives to type exists, is understood, and is run by a test or by CI."""

import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class

from tests.scripts.conftest import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
TYPED = [line for block in BLOCKS for line in block.splitlines()]
INLINE = [text for text in re.findall(r"`([^`\n]+)`", README) if text.startswith((".venv/bin/python", "scripts/"))]
COMMANDS = sorted({*TYPED, *(text for text in INLINE if not text.endswith("/"))})
MANAGED = [shlex.split(line)[2:] for line in COMMANDS if line.startswith(".venv/bin/python manage.py ")]
SCRIPTS = sorted({shlex.split(line)[0] for line in COMMANDS if line.startswith("scripts/")})


def sources() -> str:
    """Everything that runs commands on its own: CI and the tests, but not this list."""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "test_readme.py"]
    return "\n".join(path.read_text() for path in [ROOT / ".ci" / "run", *tests])


def test_readme_has_the_two_commands_that_people_rely_on():
    assert TYPED[:2] == ["scripts/demo", "scripts/test"]
    assert len(MANAGED) >= 5


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name != "scripts/lib"])
def test_script_is_there_and_something_runs_it(script):
    name = script.removeprefix("scripts/")
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111
    assert script in sources() or re.search(rf'run\(\s*"{name}"', sources())


@pytest.mark.parametrize("words", MANAGED, ids=" ".join)
def test_management_command_understands_its_line(words):
    name, *arguments = words
    command = load_command_class(get_commands()[name], name)
    options = command.create_parser("manage.py", name).parse_args(arguments)
    assert vars(options)


@pytest.mark.parametrize("name", sorted({words[0] for words in MANAGED} - {"makemigrations"}))
def test_management_command_is_run_by_a_test(name):
    assert f'"{name}"' in sources()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:layers|ingest|analysis|geoportal|tests)/[^`<]*)`", README)))
)
def test_path_that_the_readme_names_is_there(path):
    assert (ROOT / path).exists()
