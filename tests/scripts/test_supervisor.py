"""The supervisor by itself, with processes that only sleep: restarts, growing pauses, names, the end of all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.supervisor_config import OF_BROKER, configuration, programs
from tests.scripts.conftest import ROOT

PROCFILE = """\
# two that stay, one that ends at once
first: exec scripts/recorded first sh -c 'echo $$ >>{run}/first; echo "10 % done"; exec sleep 600'
second: exec scripts/recorded second sh -c 'echo $$ >>{run}/second; exec sleep 600'
crashing: exec scripts/recorded crashing sh -c 'date +%s.%N >>{run}/crashes; exit 3'
"""


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A supervisor of three processes, and the folder in which they write their numbers."""
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "Procfile").write_text(PROCFILE.format(run=run))
    make = [sys.executable, "-m", "scripts.lib.supervisor_config", str(run), str(tmp_path / "Procfile")]
    made = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True)
    (run / "supervisord.conf").write_text(made.stdout)
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "supervisord"), "--nodaemon", "--configuration", run / "supervisord.conf"],
        cwd=ROOT,
        env=dict(os.environ) | {"GEOPORTAL_LOCAL": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process, run
    process.terminate()
    process.communicate(timeout=30)


def numbers(run: Path, name: str) -> list[int]:
    return [int(line) for line in (run / name).read_text().split()] if (run / name).exists() else []


def until(answer: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 30
    while not answer():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.mark.parametrize("starts", [3, pytest.param(4, marks=pytest.mark.thorough)])
def test_a_process_that_ends_is_started_again_with_growing_pauses_and_no_other_is_touched(supervised, starts):
    process, run = supervised
    until(lambda: numbers(run, "first") and numbers(run, "second"), "both run")
    killed = numbers(run, "first")[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(numbers(run, "first")) == 2, "the killed one is back")
    until(lambda: len((run / "crashes").read_text().split()) >= starts, "the crashing one is tried on and on")
    assert len(numbers(run, "second")) == 1 and Path(f"/proc/{numbers(run, 'second')[0]}").exists()
    times = [float(line) for line in (run / "crashes").read_text().split()]
    pauses = [after - before for before, after in zip(times[:-1], times[1:], strict=True)]
    assert pauses[0] > 0.9 and pauses[starts - 2] > pauses[0] + (starts - 2) / 2
    process.terminate()
    said, _ = process.communicate(timeout=30)
    assert "first          | 10 % done\n" in said
    alive = [pid for name in ("first", "second") for pid in numbers(run, name) if Path(f"/proc/{pid}").exists()]
    assert not alive


def test_a_procfile_with_a_wrong_line_is_refused():
    assert programs("# a\n\nweb: exec a b\nworker-bulk:  c\n") == {"web": "exec a b", "worker-bulk": "c"}
    with pytest.raises(ValueError, match="nonsense"):
        programs("web: a\nnonsense\n")


def test_without_mosquitto_its_processes_are_left_out():
    procfile = (ROOT / "Procfile").read_text()
    whole, left = (configuration(procfile, Path("/run"), without) for without in ((), OF_BROKER))
    assert [name for name in programs(procfile) if f"[program:{name}]" not in left] == list(OF_BROKER)
    assert all(f"[program:{name}]" in whole for name in OF_BROKER)
