"""The board of sensors as CSV: the rows that the page's filters choose, all of them, in its order."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from geoportal.accounts.rights import access_of
from geoportal.web.catalogue.board import chosen_sensors
from geoportal.web.faults import faults_shown
from layers.exports.csv_dialect import BYTE_ORDER, csv_text
from layers.observations.live.board import Sensor
from layers.observations.live.names import property_name

COLUMNS = (
    *("station", "station_code", "station_type", "datastream", "observed_property", "measured"),
    *("state", "value", "unit", "at", "age_s", "marks"),
    *("flagged_24h", "values_24h", "flagged_share_24h", "coverage_24h"),
    *("excluded", "excluded_reason", "excluded_until"),
    *("battery", "battery_unit", "battery_at", "maintained_at", "operator", "synthetic", "unplaced"),
)
STAFF_COLUMNS = ("contact",)
SHARE_DECIMALS = 4


@require_safe
@faults_shown
def sensors_file(request: HttpRequest, layer: str) -> HttpResponse:
    """`/catalogue/{layer}/sensors.csv`: `show=`, `type=`, `q=`, `sort=`; times in UTC, marks and states as codes."""
    choice = chosen_sensors(request, layer)
    staff = access_of(request).reaches("staff")
    columns = COLUMNS + (STAFF_COLUMNS if staff else ())
    cells = (_cells(one, staff) for one in choice.chosen)
    rows = [[one[name] for name in columns] for one in cells]
    text = BYTE_ORDER + csv_text([columns, *rows], for_spreadsheets=True)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    synthetic = "-synthetic" if any(one.synthetic for one in choice.chosen) else ""
    name = f"{choice.kind.slug}-sensors{synthetic}-{now():%Y-%m-%dT%H%MZ}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cells(one: Sensor, staff: bool) -> dict[str, Any]:
    stream, exclusion, battery, latest = one.stream, one.exclusion, one.battery, getattr(one.stream, "latest", None)
    return {
        "station": stream.thing.name,
        "station_code": stream.thing.code,
        "station_type": one.station_type,
        "datastream": stream.pk,
        "observed_property": stream.observed_property.code,
        "measured": str(property_name(stream.observed_property)),
        "state": one.freshness.code,
        "value": (latest.result if latest.value is None else latest.value) if latest else "",
        "unit": stream.unit_symbol,
        "at": _utc(latest.ends_at) if latest else "",
        "age_s": "" if one.age_s is None else round(one.age_s),
        "marks": " ".join(mark.code for mark in one.marks),
        "flagged_24h": one.day.flagged,
        "values_24h": "" if one.day.values is None else one.day.values,
        "flagged_share_24h": round(one.day.flagged_share, SHARE_DECIMALS),
        "coverage_24h": "" if one.day.coverage is None else round(one.day.coverage, SHARE_DECIMALS),
        "excluded": one.excluded,
        "excluded_reason": exclusion.reason if exclusion else "",
        "excluded_until": _utc(exclusion.until) if exclusion and exclusion.until else "",
        "battery": battery.value if battery else "",
        "battery_unit": battery.unit if battery else "",
        "battery_at": _utc(battery.at) if battery else "",
        "maintained_at": one.maintained or "",
        "operator": one.operator,
        "synthetic": one.synthetic,
        "unplaced": bool(stream.thing.unplaced),
        **({"contact": one.contact} if staff else {}),
    }


def _utc(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
