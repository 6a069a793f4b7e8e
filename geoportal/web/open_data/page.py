"""The open data page: open layers with licence, freshness, files and services."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import visible_kind
from geoportal.cartography.preview import MOST, version_of
from geoportal.web.catalogue.catalogue import Card, card, theme_of
from geoportal.web.faults import faults_shown
from geoportal.web.map.page import DOWNLOADS, themes
from geoportal.wording.datasets import title
from geoportal.wording.examples import Example, copy_words, examples
from geoportal.wording.freshness import ICONS, states
from geoportal.wording.search_results import matches
from geoportal.wording.snapshots import file_address
from geoportal.wording.values import day, moment, number
from layers.access.rules import ANONYMOUS, Serving, open_kinds, servings
from layers.metadata.freshness import state_of
from layers.schema.kind import LayerKind
from layers.snapshots.models import Snapshot, is_open, latest_by_kind, open_snapshots


@dataclass(frozen=True, slots=True)
class Offer:
    """An open layer with its files and addresses."""

    card: Card
    state: str
    icon: str
    words: str
    """Its freshness as text."""
    picture: str
    sampled: bool
    """Whether the preview image shows a random sample of the features."""
    examples: list[Example]
    snapshot: str
    """The day of the newest snapshot, "" for none."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a snapshot."""

    title: str
    purpose: str
    address: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A snapshot with its files. Texts are "" where unknown."""

    snapshot: Snapshot
    day: str
    taken_at: str
    count: str
    dataset: str
    data_date: str
    files: list[FileRow]


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """`/open-data/`: open layers that hold data, by theme, filtered by `q`, `theme`, `licence`, `state`."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "theme", "licence", "state")}
    held, snapshots = servings(), latest_by_kind()
    kinds = [kind for kind in open_kinds() if kind.slug in held]
    base = request.build_absolute_uri("/")
    offers = {kind: offer(kind, held[kind.slug], snapshots.get(kind.slug), base) for kind in kinds}
    left = tuple(kind for kind in kinds if _fits(kind, offers[kind], asked))
    names = states()
    context = asked | {
        "groups": [(group.title, [offers[kind] for kind in group.kinds]) for group in themes(left)],
        "found": len(left),
        "all": len(kinds),
        "narrowed": any(asked.values()),
        "themes": [(theme_of(group.kinds[0]), group.title) for group in themes(tuple(kinds))],
        "licences": sorted({one.card.licence for one in offers.values()}),
        "states": [(state, names[state]) for state in names if any(one.state == state for one in offers.values())],
        "downloads": DOWNLOADS,
        "feeds": [(title, f"{base}open-data/catalog.{ending}") for ending, title in FEEDS],
        "configuration": {"language": get_language() or "pl", "words": copy_words()},
    }
    return render(request, "open_data/page.html", context)


FEEDS = (("jsonld", "JSON-LD"), ("ttl", "Turtle"), ("rdf", "RDF/XML"))


def offer(kind: LayerKind, shown: Serving, snapshot: Snapshot | None, base: str) -> Offer:
    """The page's entry of a layer."""
    item = card(kind, shown)
    state = state_of(item.age, shown, kind.source.rhythm_days)
    newest = day(snapshot.day) if snapshot and is_open(kind, snapshot) else ""
    picture = f"/open-data/{kind.slug}/preview.png?v={version_of(kind, shown)}"
    return Offer(item, state, ICONS[state], states()[state], picture, shown.rows > MOST, examples(kind, base), newest)


def _fits(kind: LayerKind, one: Offer, asked: dict[str, str]) -> bool:
    tests: dict[str, Callable[[str], bool]] = {
        "q": lambda words: matches(ANONYMOUS, kind, words),
        "theme": lambda theme: theme == theme_of(kind),
        "licence": lambda licence: licence == one.card.licence,
        "state": lambda state: state == one.state,
    }
    return all(not asked[name] or fits(asked[name]) for name, fits in tests.items())


@require_safe
@faults_shown
def snapshots_page(request: HttpRequest, layer: str) -> HttpResponseBase:
    """`/open-data/{layer}/snapshots/`."""
    kind = visible_kind(request, layer)
    found = [snapshot_row(one) for one in open_snapshots(kind)]
    return render(request, "open_data/snapshots.html", {"kind": kind, "snapshots": found})


def snapshot_row(one: Snapshot) -> SnapshotRow:
    """A snapshot as text."""
    return SnapshotRow(
        one,
        day(one.day),
        moment(one.taken_at),
        number(one.rows),
        title(one.dataset.slug, one.dataset.title),
        day(one.data_date) if one.data_date else "",
        file_rows(one),
    )


def file_rows(snapshot: Snapshot) -> list[FileRow]:
    """The files of a snapshot as text."""
    return [
        FileRow(
            file.format.title,
            str(file.format.purpose),
            file_address(snapshot, file),
            filesizeformat(file.size),
            file.sha256,
        )
        for file in snapshot.files.all()
    ]
