"""The version of the code by which a study is computed: results of another version are computed again.

It covers the study's own package (Python, SQL and rules) and the modules of `analysis` that the package imports for
computing, such as `operations`, directly or through each other. It leaves out the modules that a study only declares
itself with: `study`, `parameters`, `public_summary` and `errors`. What they contribute to a result, the values of
parameters and rules, is in the run's fingerprint already. It also leaves out the runner and other studies: after a
change of the runner that alters results, compute each study once with `run_study STUDY --full`.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

ROOM = Path(__file__).resolve().parents[1]
DECLARING = frozenset({"errors", "parameters", "public_summary", "study"})


@lru_cache(maxsize=64)
def code_version(package: Path) -> str:
    """The version of the study in a package's folder, 16 hexadecimal digits; read once in a process."""
    return version_of(package, ROOM)


def version_of(package: Path, room: Path) -> str:
    """The same, read anew. `room` is the folder of `analysis`, which holds the modules shared by studies."""
    own = sorted((*package.rglob("*.py"), *package.rglob("*.toml"), *package.rglob("*.sql")))
    named = [(path.relative_to(package).as_posix(), path) for path in own]
    named += [(f"analysis/{path.name}", path) for path in _shared(own, room)]
    digest = hashlib.sha256()
    for name, path in named:
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _shared(own: Iterable[Path], room: Path) -> list[Path]:
    """Computing modules that these files import, and those that they import in turn, by name."""
    found: set[Path] = set()
    waiting = list(own)
    while waiting:
        names = {one for one in _imported(waiting.pop()) if one not in DECLARING}
        paths = {path for name in names if (path := room / f"{name}.py").exists()} - found
        found |= paths
        waiting += paths
    return sorted(found)


def _imported(path: Path) -> Iterator[str]:
    """Names of the modules directly in `analysis` that a Python file imports."""
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module == "analysis":
            yield from (one.name for one in node.names)
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        named += [one.name for one in node.names] if isinstance(node, ast.Import) else []
        yield from (name.split(".")[1] for name in named if name.startswith("analysis."))
