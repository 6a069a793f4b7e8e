"""The steps of set-up that need Django, in one process: starting Django for each of them took five times as long.

portal_steps.py NUMBER TOTAL LOG NAMES [demo_city's options]: NUMBER is that of the step before, NAMES are separated
by commas. Steps print the lines of messages.sh; what a quiet one prints besides goes to LOG.
"""

import hashlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings
from django.core.management import CommandError, call_command

from scripts.lib.last_run import last_run

ROOT = Path(__file__).resolve().parents[2]
DEMO_SENSORS = "demo_sensors"
SHOWN_OF_LOG = 20
"""Lines of the log that are shown when a step fails."""


@dataclass(frozen=True)
class Step:
    """A numbered step. A quiet one prints a single line, others show what their command prints."""

    title: str
    run: Callable[[list[str]], None]
    quiet: bool = False


def tables(_: list[str]) -> None:
    """Migrate, after all system checks. The views for people who write SQL are made anew."""
    call_command("migrate", interactive=False, skip_checks=False)


def static_files(_: list[str]) -> None:
    """Collect static files where settings name a folder for them."""
    if settings.STATIC_ROOT:
        call_command("collectstatic", interactive=False, verbosity=0)


def load_city(options: list[str]) -> None:
    """Load the demo city; changes nothing where it is the same, but takes as long as generating it."""
    call_command("demo_city", *options)
    _loaded_file().write_text(city_state(options), encoding="utf-8")


def city_unless_loaded(options: list[str]) -> None:
    """Load the demo city unless code, options and the last run are those of the last load."""
    loaded = _loaded_file()
    if loaded.exists() and loaded.read_text(encoding="utf-8") == city_state(options):
        print("      nothing was loaded since it came in; scripts/demo --no-serve compares it again")
    else:
        load_city(options)


def sensors(options: list[str]) -> None:
    """Load the history of the demo's sensors where there is none: a year, of a smaller city as much less."""
    from layers.observations.models import Datastream

    if Datastream.objects.filter(thing__dataset__slug=DEMO_SENSORS).exists():
        print("      the history of the demo's sensors was loaded before; the simulator adds to it")
        return
    scale = float(options[options.index("--scale") + 1]) if "--scale" in options else 1.0
    days = max(2, round(365 * min(1.0, scale)))
    call_command("ingest", DEMO_SENSORS, "--option", f"days={days}")


def photos(options: list[str]) -> None:
    """Paint and load the demo's photo runs where there are none; of a smaller city fewer photos."""
    from layers.media.models import PhotoRun

    if PhotoRun.objects.filter(synthetic=True).exists():
        print("      the demo's photo runs were loaded before")
        return
    scale = float(options[options.index("--scale") + 1]) if "--scale" in options else 1.0
    call_command("demo_photos", *([] if scale >= 1 else ["--photos", str(max(2, round(40 * scale)))]))


def studies(_: list[str]) -> None:
    """Compute the studies whose inputs changed."""
    call_command("run_study", all=True)


def accounts(_: list[str]) -> None:
    """Make an account for each group that has none."""
    call_command("demo_accounts")


STEPS = {
    "tables": Step("Tables", tables, quiet=True),
    "static": Step("Static files", static_files, quiet=True),
    "city": Step("Demo city", load_city),
    "city-unless-loaded": Step("Demo city", city_unless_loaded),
    "sensors": Step("Demo sensors", sensors),
    "photos": Step("Demo photos", photos),
    "studies": Step("Studies", studies),
    "accounts": Step("Accounts", accounts),
}


def city_state(options: Sequence[str]) -> str:
    """A text of everything the loaded city depends on: its code, its options, and the last run that changed it."""
    files = {ROOT / "city.toml", Path(settings.CITY_FILE).resolve()}
    for room in ("layers", "ingest", "analysis"):
        files.update(path for path in (ROOT / room).rglob("*") if path.is_file() and path.suffix != ".pyc")
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{digest.hexdigest()} {' '.join(options)} {last_run()}\n"


def _loaded_file() -> Path:
    return Path(settings.LOCAL_DIR) / "demo-city"


@contextmanager
def into_log(log: Path) -> Iterator[None]:
    """Append to the log what the block and processes it starts write to stdout and stderr, and its traceback."""
    terminal = (os.dup(1), os.dup(2))
    with log.open("ab") as file:
        _write_to(file.fileno(), file.fileno())
    try:
        yield
    except Exception:
        traceback.print_exc()
        raise
    finally:
        _write_to(*terminal)
        for descriptor in terminal:
            os.close(descriptor)


def _write_to(stdout: int, stderr: int) -> None:
    """Let this process write to these file descriptors."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)


def carry_out(step: Step, number: str, log: Path, options: list[str]) -> int:
    """Run a step and print its lines; the exit code of the command, 0 when it succeeded."""
    began = time.monotonic()
    print(f"{number} {step.title} ... ", end="" if step.quiet else "\n", flush=True)
    try:
        with into_log(log) if step.quiet else nullcontext():
            django.setup()
            step.run(options)
    except Exception as fault:
        if step.quiet:
            return _failed(step, log)
        if not isinstance(fault, CommandError):
            raise
        print(f"CommandError: {fault}", file=sys.stderr)
        return fault.returncode
    told = "" if step.quiet else f"{number} {step.title}: "
    print(f"{told}done in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def _failed(step: Step, log: Path) -> int:
    print("failed", flush=True)
    end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN_OF_LOG:]
    lines = [f'error: "{step.title}" failed; the end of {log}:', *(f"       {line}" for line in end)]
    print("\n".join(lines), file=sys.stderr)
    return 1


def main(number: str, total: str, log: str, names: str, *options: str) -> int:
    """Carry out the named steps up to the first that fails; its exit code."""
    for at, name in enumerate(names.split(","), start=int(number) + 1):
        code = carry_out(STEPS[name], f"[{at}/{total}]", Path(log), [*options])
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
