"""The page of a datastream: what is measured where, how fresh and how good it is, what editors decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.db.models.functions import Transform
from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of, visible_kind
from geoportal.accounts.visitors import visitor_of
from geoportal.web.catalogue.corrections import correction_rows
from geoportal.web.catalogue.decisions import decision_rows, exclusion_rows
from geoportal.web.faults import faults_shown
from geoportal.wording.series import (
    age,
    duration,
    latest_words,
    limit_titles,
    limit_words,
    measured,
    period,
    property_words,
)
from geoportal.wording.values import in_words, moment, number
from layers.access.rules import Access, fields_for
from layers.city import city
from layers.crs import WGS84
from layers.errors import UnknownKind
from layers.observations.decisions import settable
from layers.observations.live.marks import BY_FLAG, Mark, marks
from layers.observations.meaning.freshness import freshness
from layers.observations.meaning.meanings import Meaning
from layers.observations.models import Datastream, Observation
from layers.observations.quality import Flag
from layers.observations.selection import visible_stream
from layers.schema.kind import LayerKind

LAST_DAY = timedelta(hours=24)
FLAG_OF = {"lowest": Flag.RANGE, "highest": Flag.RANGE, "step": Flag.STEP, "spike": Flag.SPIKE, "stuck": Flag.STUCK}


@dataclass(frozen=True)
class SentForm:
    """A form that was sent and refused: its name, the texts sent, and the fault of each input."""

    name: str
    texts: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit of quality control in words, and the text of its input."""

    name: str
    title: str
    limit: str
    flag: str
    edited: bool
    unit: str
    stored: str
    text: str
    fault: str


@require_safe
@faults_shown
def series_page(request: HttpRequest, layer: str, key: int) -> HttpResponseBase:
    """`/catalogue/{layer}/series/{key}/`."""
    return render_series(request, *series_of(request, layer, key))


def series_of(request: HttpRequest, layer: str, key: int) -> tuple[LayerKind, Datastream]:
    """A layer and one of its datastreams. Raises UnknownKind, UnknownSeries."""
    kind = visible_kind(request, layer)
    if not kind.series:
        raise UnknownKind(f"Layer {kind.slug} has no observations.")
    return kind, visible_stream(access_of(request), kind.slug, key)


def render_series(
    request: HttpRequest,
    kind: LayerKind,
    stream: Datastream,
    *,
    sent: SentForm | None = None,
    alert: str = "",
    status: int = 200,
) -> HttpResponseBase:
    """The page; editors get the forms, with what was sent where it was refused."""
    access, saved = access_of(request), request.GET.get("saved", "")
    context = {
        "kind": kind,
        "stream": stream,
        "title": measured(stream),
        "station_key": stream.thing.feature_id or stream.thing_id,
        "synthetic": stream.thing.dataset.synthetic,
        "facts": facts(access, kind, stream),
        "files": files(kind, stream),
        "addresses": addresses(request, stream),
        "limits": limit_rows(stream, sent),
        "exclusions": exclusion_rows(access, stream),
        "decisions": decision_rows(access, stream),
        "corrections": correction_rows(access, stream),
        "edits": visitor_of(request).can("sensors"),
        "zone": city().timezone.key,
        "sent": sent,
        "alert": alert,
        "saved": int(saved) if saved.isascii() and saved.isdecimal() and len(saved) < 19 else None,
    }
    where = station(access, kind, stream)
    context |= recent(stream) | where
    context |= {"marks": latest_marks(stream, where["standing"]), "state": latest_state(stream)}
    response = render(request, "catalogue/datastream.html", context, status=status)
    if sent is not None or alert:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def facts(access: Access, kind: LayerKind, stream: Datastream) -> list[tuple[str, str, str]]:
    """What is known of the datastream: (title, text, address or "")."""
    prop, sensor = stream.observed_property, stream.sensor
    name = stream.unit_name if stream.unit_name != stream.unit_symbol else ""
    unit = f"{stream.unit_symbol} ({name})" if name and stream.unit_symbol else stream.unit_symbol or name
    found = [
        (gettext("Observed property"), property_words(stream), prop.definition),
        (gettext("Unit"), unit, stream.unit_definition),
        (gettext("Expected interval of values"), duration(stream.interval_s) if stream.interval_s else "", ""),
        (gettext("Sensor"), sensor.name, sensor.metadata if isinstance(sensor.metadata, str) else ""),
        (gettext("Description"), stream.description, ""),
    ]
    return [
        (title, text, link if link.startswith(("https://", "http://")) else "") for title, text, link in found if text
    ]


def recent(stream: Datastream) -> dict[str, Any]:
    """The latest value, the time from the first to it, and the counts of the last 24 hours."""
    rows = Observation.objects.filter(datastream=stream)
    first = rows.order_by("starts_at").values_list("starts_at", flat=True).first()
    today = rows.filter(starts_at__gt=now() - LAST_DAY, starts_at__lte=now())
    counts = today.aggregate(values=Count("starts_at"), flagged=Count("starts_at", filter=~Q(flags=0)))
    latest = getattr(stream, "latest", None)
    return {
        "reach": period(first, latest.ends_at) if first and latest else "",
        "last": moment(latest.ends_at) if latest else "",
        "age": age(latest.ends_at) if latest else "",
        "latest": latest_words(stream, latest) if latest else "",
        "day_values": number(counts["values"]),
        "day_expected": number(int(LAST_DAY.total_seconds() // stream.interval_s)) if stream.interval_s else "",
        "day_flagged": number(counts["flagged"]) if counts["flagged"] else "",
    }


def latest_marks(stream: Datastream, standing: str) -> tuple[Mark, ...]:
    """What is doubtful about the latest value; `standing` is that of the station."""
    latest = getattr(stream, "latest", None)
    return marks(
        flags=latest.flags if latest else 0,
        excluded=bool(getattr(stream, "latest_excluded", False)),
        standing=standing,
        synthetic=stream.thing.dataset.synthetic or stream.properties.get("synthetic") is True,
    )


def latest_state(stream: Datastream) -> Meaning:
    """How fresh the latest value is."""
    latest = getattr(stream, "latest", None)
    age_s = (now() - latest.ends_at).total_seconds() if latest else None
    return freshness(age_s, stream.interval_s, latest.flags if latest else 0)


def station(access: Access, kind: LayerKind, stream: Datastream) -> dict[str, Any]:
    """The station, with the address of its card on the map and of its row in the table where it has a place.

    `standing` is its code, "" where it has none or the visitor may not see it.
    """
    thing = stream.thing
    row: Any = None
    if thing.feature_id is not None:
        rows = kind.model._default_manager.filter(feature_id=thing.feature_id, recorded_to=None)
        row = rows.annotate(place=Transform("geom", WGS84)).first()
    if row is None:
        return {"station": thing.name, "standing": ""}
    shown = [
        one for one in fields_for(access, kind) if one.name in ("station_type", "standing", "operator", "address")
    ]
    words = [(str(one.title), in_words(one, getattr(row, one.name))) for one in shown]
    card = f"/#layers={kind.slug}&pick={kind.slug}/{thing.feature_id}&map=17/{row.place.y:.6f}/{row.place.x:.6f}"
    standing = (row.standing or "") if any(one.name == "standing" for one in shown) else ""
    standings = [(title, text) for title, text in words if text]
    return {"station": thing.name, "card": card, "standing": standing, "standings": standings}


def files(kind: LayerKind, stream: Datastream) -> list[tuple[str, str, str]]:
    """The files of the datastream: (title, address of the CSV, address of the Parquet)."""
    titles = {"raw": gettext("All values"), "hourly": gettext("Hours"), "daily": gettext("Days")}
    found = []
    for statistic, title in titles.items():
        query = urlencode({"datastream": stream.pk, "statistic": statistic})
        base = f"/open-data/{kind.slug}/observations"
        found.append((title, f"{base}.csv?{query}", f"{base}.parquet?{query}"))
    return found


def addresses(request: HttpRequest, stream: Datastream) -> list[tuple[str, str]]:
    """Addresses of the datastream for programs."""
    base = request.build_absolute_uri(f"/sta/v1.1/Datastreams({stream.pk})")
    return [
        (gettext("SensorThings: datastream"), base),
        (
            gettext("SensorThings: latest observations"),
            f"{base}/Observations?$orderby=phenomenonTime%20desc&$top=100",
        ),
    ]


def limit_rows(stream: Datastream, sent: SentForm | None = None) -> list[LimitRow]:
    """What an editor sets, in words and as inputs, with the texts and faults of a refused form."""
    titles = limit_titles()
    form = sent if sent is not None and sent.name == "limits" else SentForm("limits", {})
    units = {"stuck": "", "interval_s": "s"}
    return [
        LimitRow(
            name,
            titles[name],
            limit_words(stream, name, getattr(stream, name)),
            str(BY_FLAG[FLAG_OF[name]].text) if name in FLAG_OF else "",
            name in stream.edited,
            units.get(name, stream.unit_symbol),
            limit_text(getattr(stream, name)),
            form.texts.get(name, limit_text(getattr(stream, name))),
            form.faults.get(name, ""),
        )
        for name in settable(stream)
    ]


def limit_text(value: float | None) -> str:
    """The text of a limit's input, as numbers are written in the active language."""
    text = "" if value is None else f"{value:.15g}"
    return text.replace(".", ",") if (get_language() or "pl") == "pl" else text
