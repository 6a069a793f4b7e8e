"""What a study declares: the layers it reads, its parameters and rules, what it computes, what a change affects.

A study is a pure function of frames. Only `analysis.running.runner` reads and writes the database.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapely.geometry.base import BaseGeometry

from analysis.errors import BadParameter, RulesInvalid
from analysis.parameters import Number
from analysis.public_summary import PublicSummary
from layers.record import Record
from layers.text import Text

if TYPE_CHECKING:
    import geopandas


@dataclass(frozen=True, slots=True)
class Input:
    """A kind a study reads, and the columns of it.

    Exactly one input is the `subject`: results are computed per feature of it. The others are context: those features
    within `reach_m` metres of a subject matter to it, and no others.
    """

    kind: str
    fields: tuple[str, ...]
    subject: bool = False
    reach_m: float = 0.0
    optional: bool = False
    """Whether the study can be made while the city holds no such layer."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A study's rule set: named tables and thresholds that a city may replace, with their version and fingerprint."""

    version: str
    values: Mapping[str, Any]
    fingerprint: str

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Arguments of `compute`: a frame for each declared kind, and the area of the results.

    Frames are in the storage system, indexed by feature_id and ordered by it. `area` is None for the whole city;
    otherwise all subjects that intersect it are there, with all of the context that reaches them.
    """

    frames: Mapping[str, geopandas.GeoDataFrame]
    area: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A feature of an input that changed: its geometry before and after (None: it was not there)."""

    kind: str
    old: BaseGeometry | None
    new: BaseGeometry | None


Parameters = Mapping[str, float]
Compute = Callable[[Inputs, Parameters, Rules], dict[str, list[Record]]]
Affected = Callable[[Sequence[Changed], Parameters], BaseGeometry]
TotalsValues = Callable[[Rules], dict[str, Any]]
Summarise = Callable[[Sequence[Mapping[str, Any]], Rules], dict[str, Any]]
Publish = Callable[[Mapping[str, Any], Rules], PublicSummary]


@dataclass(frozen=True, eq=False)
class Study:
    """A question the portal answers. One object of this class, named STUDY, in each package of `analysis/studies`."""

    slug: str
    title: Text
    question: Text
    description: Text
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    """Slugs of the kinds of the results, in the order in which they are written."""
    compute: Compute
    affected: Affected
    """The area in which results must be computed again after changes (storage system)."""
    totals_values: TotalsValues
    """Parameters of `totals.sql` by the rules."""
    summarise: Summarise
    """The summary of a result from the groups that `totals.sql` selects: JSON values only."""
    public_summary: Publish
    """The public summary of such totals: rounded, without figures of too few buildings or people."""
    package: Path
    """The folder of the study's package. In it are `rules.toml`, the rule set, and `totals.sql`.

    `totals.sql` is one SELECT that reads the outputs, named by their slugs, and gives exact sums.
    """
    parameters: tuple[Number, ...] = ()
    """What planners may change. The first study with another type widens this; mypy then names what must follow."""
    sources: tuple[Text, ...] = field(default=())
    """Where formulas and thresholds come from, for people to check."""

    @property
    def rules_file(self) -> Path:
        """The rules used where the city has none of its own."""
        return self.package / "rules.toml"

    @property
    def totals_file(self) -> Path:
        """The SELECT that the totals of a result are made with."""
        return self.package / "totals.sql"

    @property
    def subject(self) -> Input:
        """The input whose features results are computed for."""
        return next(one for one in self.inputs if one.subject)

    def parameters_from(self, given: Mapping[str, Any]) -> dict[str, float]:
        """All parameters: those given, the others by default. Raises BadParameter, naming what there is."""
        known = {one.name: one for one in self.parameters}
        for name in given:
            if name not in known:
                raise BadParameter(f"{self.slug} has no parameter “{name}”; it has: {', '.join(known) or 'none'}.")
        return {name: one.parsed(given.get(name, one.default)) for name, one in known.items()}


def rules_of(study: Study, folder: Path | None = None) -> Rules:
    """The study's rules: `<slug>.toml` in `folder` where the city has one, else the study's own.

    Raises RulesInvalid.
    """
    path = study.rules_file
    if folder is not None and (folder / f"{study.slug}.toml").exists():
        path = folder / f"{study.slug}.toml"
    raw = path.read_bytes()
    try:
        values = tomllib.loads(raw.decode())
        return Rules(str(values["version"]), values, hashlib.sha256(raw).hexdigest()[:16])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as fault:
        raise RulesInvalid(f"Rules {path}: {fault}; see the study's own {study.rules_file.name}.") from fault
