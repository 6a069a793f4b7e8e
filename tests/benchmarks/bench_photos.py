"""Street photos coming in: their rate beside a plain script, and the memory of a long run.

The plain script reads, hashes, reads EXIF and writes the same two variants with Pillow in two processes; the portal
does that in its sandbox, stores contents and rows, and indexes the run. Alternating rounds, medians. Memory: the
largest resident size of a process that brings in 5,000 and then ten times as many small photos.

Needs: none.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import setting

setting.guard()

from django.conf import settings  # noqa: E402

from ingest.photos.storing import store_run  # noqa: E402
from ingest.pipeline import Order, ingest  # noqa: E402
from ingest.source import Request  # noqa: E402
from layers.city import city  # noqa: E402
from layers.kinds.street_photos import StreetPhoto  # noqa: E402
from layers.media.files import content_folder  # noqa: E402
from tests.benchmarks.painted_photos import paint, plain_script  # noqa: E402
from tests.benchmarks.report import Report  # noqa: E402

SMALL_PHOTO = (160, 120)
CHILD = """
import os, resource, sys
from pathlib import Path
os.environ["MEDIA_ROOT"] = sys.argv[2]
import django
django.setup()
from ingest.pipeline import Order, ingest
run = ingest(Order("photo_scan", Path(sys.argv[1]), {"bbox": "off"}))
print(run.stored, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def add_rates(report: Report, folder: Path, count: int, size: tuple[int, int], rounds: int) -> None:
    """Photos a second of storing, and of storing and indexing, over those of the plain script."""
    source = folder / "photos"
    paths = paint(source, count, size)
    times: dict[str, list[float]] = {"plain": [], "stored": [], "indexed": []}
    for _ in range(rounds):
        times["plain"].append(setting.timed(lambda: plain_script(paths, folder / "plain")))
        _empty()
        times["stored"].append(setting.timed(lambda: _store(source, folder)))
        times["indexed"].append(setting.timed(lambda: ingest(Order("photo_scan", None, {"run": "photos"}))))
    plain, stored, indexed = (setting.median(times[name]) for name in ("plain", "stored", "indexed"))
    print(f"{count} photos of {size[0]} x {size[1]}: plain {count / plain:.1f}/s, stored {count / stored:.1f}/s")
    report.add("photos stored / plain script", plain / stored, at_least=0.8)
    report.add("photos stored and indexed / plain script", plain / (stored + indexed))


def _store(source: Path, folder: Path) -> None:
    store_run(Request(source, {}, city(), folder, lambda done, total: None))


def _empty() -> None:
    setting.empty_layers()
    shutil.rmtree(content_folder(), ignore_errors=True)


def add_memory(report: Report, folder: Path, few: int, many: int) -> None:
    """The largest resident size with many photos over that with a tenth of them."""
    sizes = {}
    for count in (few, many):
        _empty()
        source = folder / f"run-{count}"
        paint(source, count, SMALL_PHOTO)
        command = [sys.executable, "-c", CHILD, str(source), settings.MEDIA_ROOT]
        seconds = setting.timed(lambda: sizes.update({count: _memory(command)}))  # noqa: B023 (called at once)
        assert StreetPhoto.objects.current().count() == count
        print(f"{count} photos: {count / seconds:.0f}/s, {sizes[count] / 1e6:.0f} MB")
    report.add(f"memory with {many} photos / with {few}", sizes[many] / sizes[few], at_most=1.1)


def _memory(command: list[str]) -> int:
    """Bytes."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) * 1024


def main() -> None:
    """Measure, and print figures beside their targets."""
    parser = setting.options(__doc__, scale=1, rounds=3)
    parser.add_argument("--photos", type=int, default=200, help="for the rate (default 200)")
    parser.add_argument("--many", type=int, default=50_000, help="small photos for the memory (default 50,000)")
    arguments = setting.parsed(parser, photos=20, many=200)
    size = (640, 480) if arguments.small else (4000, 3000)
    report = Report("photos")
    with tempfile.TemporaryDirectory(prefix="bench-photos-") as name:
        folder = Path(name)
        settings.MEDIA_ROOT = str(folder / "media")
        Path(settings.MEDIA_ROOT).mkdir()
        add_rates(report, folder, arguments.photos, size, arguments.rounds)
        add_memory(report, folder, arguments.many // 10, arguments.many)
        _empty()
    report.print()


if __name__ == "__main__":
    main()
