"""Views of series for people who write SQL, in the schema of each level beside the layers' views."""

from psycopg2.sql import SQL, Composable, Literal

from layers.access.database_views import MoreView, ViewColumn
from layers.access.rules import Access, visible_kinds
from layers.observations.meaning.doubts import STUCK_FLAG
from layers.observations.meaning.freshness import DEAD, LIVE, STALE, STUCK, freshness_rule
from layers.observations.meaning.meanings import UNKNOWN
from layers.observations.provenance import SYNTHETIC, standing
from layers.observations.selection import is_excluded
from layers.text import Text

_STREAM = ViewColumn("datastream_id", "bigint", Text("Szereg", "Datastream"))
_START = ViewColumn("starts_at", "timestamptz", Text("Początek zjawiska", "Phenomenon time, start"))
_END = ViewColumn(
    "ends_at", "timestamptz", Text("Koniec zjawiska (dla chwili: początek)", "Phenomenon time, end (instant: start)")
)
_EXCLUDED = ViewColumn("excluded", "boolean", Text("Wyłączone przez redaktora", "Excluded by an editor"))
_SYNTHETIC = ViewColumn("synthetic", "boolean", Text("Zmyślone (demo)", "Invented (demo)"))
_STANDING = ViewColumn(
    "standing",
    "text",
    Text(
        "Status stacji: reference (urzędowa), indicative (wskaźnikowa), test (próbna), ended (zamknięta)",
        "Standing of the station: reference (official), indicative, test (on trial), ended (closed)",
    ),
)
_FRESHNESS = ViewColumn(
    "freshness",
    "text",
    Text(
        "Aktualność teraz: live, stuck (zacięty), stale (nieaktualne), dead (brak łączności), unknown",
        "Freshness now: live, stuck, stale, dead, unknown",
    ),
)
_MARKS = (_EXCLUDED, _SYNTHETIC, _STANDING)
_VALUE_COLUMNS = (
    _STREAM,
    _START,
    _END,
    ViewColumn("result_time", "timestamptz", Text("Czas wyniku", "Result time")),
    ViewColumn("value", "float8", Text("Wartość w jednostce szeregu", "Value in the unit of the datastream")),
    ViewColumn("result", "jsonb", Text("Wynik, który nie jest liczbą", "A result that is no number")),
    ViewColumn(
        "flags",
        "smallint",
        Text(
            "Zastrzeżenia: 1 poza zakresem, 2 skok, 4 iglica, 8 bez zmian",
            "Flags: 1 out of range, 2 step, 4 spike, 8 stuck",
        ),
    ),
    *_MARKS,
)
_LATEST_COLUMNS = (*_VALUE_COLUMNS, _FRESHNESS)
_ROLLUP_COLUMNS = (
    _STREAM,
    _START,
    ViewColumn("mean", "float8", Text("Średnia", "Mean")),
    ViewColumn("lowest", "float8", Text("Najmniejsza", "Least")),
    ViewColumn("highest", "float8", Text("Największa", "Greatest")),
    ViewColumn("count", "integer", Text("Liczba wartości", "Number of values")),
    ViewColumn("flagged", "integer", Text("Z zastrzeżeniami", "Number of flagged values")),
    ViewColumn("coverage", "float8", Text("Pokrycie (0 do 1)", "Coverage (0 to 1)")),
    *_MARKS,
)
_STREAM_COLUMNS = (
    _STREAM,
    ViewColumn("station", "text", Text("Stacja", "Station")),
    ViewColumn("station_code", "text", Text("Kod stacji", "Code of the station")),
    ViewColumn("layer", "text", Text("Warstwa", "Layer")),
    ViewColumn("feature_id", "uuid", Text("Obiekt w warstwie", "Object in the layer")),
    ViewColumn("observed_property", "text", Text("Mierzona wielkość", "Observed property")),
    ViewColumn("name", "text", Text("Nazwa szeregu", "Name of the datastream")),
    ViewColumn("unit", "text", Text("Jednostka", "Unit")),
    ViewColumn("interval_s", "integer", Text("Odstęp wartości, s", "Interval of values, s")),
    _SYNTHETIC,
    _STANDING,
)


def series_views(access: Access) -> list[MoreView]:
    """The views of a level: datastreams of the kinds that it may see, and their values."""
    kinds = Literal([kind.slug for kind in visible_kinds(access)])
    allowed = SQL(
        f"SELECT d.*, {_braced(SYNTHETIC)} AS synthetic, {standing(access)} AS standing "
        "FROM public.layers_datastream d JOIN public.layers_thing t ON t.id = d.thing_id "
        "JOIN public.layers_dataset s ON s.id = t.dataset_id "
        "WHERE t.kind = ANY({kinds}) AND d.ended_by_id IS NULL AND t.ended_by_id IS NULL"
    ).format(kinds=kinds)
    return [
        MoreView("datastreams", Text("Szeregi pomiarów", "Datastreams"), _STREAM_COLUMNS, _streams(allowed)),
        MoreView(
            "observations",
            Text("Pomiary", "Observations"),
            _VALUE_COLUMNS,
            _of("raw", "layers_observation", _VALUE_COLUMNS, allowed),
        ),
        MoreView(
            "latest_values",
            Text("Ostatnie pomiary", "Latest values"),
            _LATEST_COLUMNS,
            _of("raw", "layers_latestvalue", _LATEST_COLUMNS, allowed),
        ),
        MoreView(
            "hourly_values",
            Text("Pomiary godzinowe", "Hourly statistics"),
            _ROLLUP_COLUMNS,
            _of("hourly", "layers_hourlyrollup", _ROLLUP_COLUMNS, allowed),
        ),
        MoreView(
            "daily_values",
            Text("Pomiary dobowe", "Daily statistics"),
            _ROLLUP_COLUMNS,
            _of("daily", "layers_dailyrollup", _ROLLUP_COLUMNS, allowed),
        ),
    ]


def _braced(text: str) -> str:
    """SQL whose braces `psycopg2.sql` leaves alone."""
    return text.replace("{", "{{").replace("}", "}}")


def _streams(allowed: Composable) -> Composable:
    return SQL(
        "SELECT d.id AS datastream_id, t.name::text AS station, "
        "t.code::text AS station_code, t.kind::text AS layer, "
        "t.feature_id, p.code::text AS observed_property, d.name::text AS name, d.unit_symbol::text AS unit, "
        "d.interval_s, d.synthetic, d.standing FROM ({allowed}) d JOIN public.layers_thing t ON t.id = d.thing_id "
        "JOIN public.layers_observedproperty p ON p.id = d.observed_property_id"
    ).format(allowed=allowed)


def _of(statistic: str, table: str, columns: tuple[ViewColumn, ...], allowed: Composable) -> Composable:
    marks = {
        _EXCLUDED: SQL(is_excluded(statistic)),
        _SYNTHETIC: SQL("d.synthetic"),
        _STANDING: SQL("d.standing"),
        _FRESHNESS: SQL(freshness_now()),
    }
    named = [marks.get(one, SQL("v.") + SQL(one.name)) + SQL(f" AS {one.name}") for one in columns]
    return SQL("SELECT {columns} FROM public.{table} v JOIN ({allowed}) d ON d.id = v.datastream_id").format(
        columns=SQL(", ").join(named), table=SQL(table), allowed=allowed
    )


def freshness_now() -> str:
    """SQL: the freshness (`layers.observations.meaning.freshness`) of a latest value `v` of a datastream `d`."""
    by = freshness_rule()
    age_s = "extract(epoch FROM now() - v.ends_at)"
    return (
        f"CASE WHEN d.interval_s <= 0 OR {age_s} < -d.interval_s THEN '{UNKNOWN.code}' "
        f"WHEN {age_s} > {by.dead_intervals} * d.interval_s THEN '{by.grades[DEAD].code}' "
        f"WHEN {age_s} > {by.live_intervals} * d.interval_s THEN '{by.grades[STALE].code}' "
        f"WHEN v.flags & {STUCK_FLAG} > 0 THEN '{by.grades[STUCK].code}' ELSE '{by.grades[LIVE].code}' END"
    )
