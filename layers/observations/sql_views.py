"""Views of series for people who write SQL, in the schema of each level beside the layers' views."""

from psycopg2.sql import SQL, Composable, Literal

from layers.access.database_views import MoreView, ViewColumn
from layers.access.rules import Access, visible_kinds
from layers.observations.selection import is_excluded
from layers.text import Text

_STREAM = ViewColumn("datastream_id", "bigint", Text("Szereg", "Datastream"))
_START = ViewColumn("starts_at", "timestamptz", Text("Początek zjawiska", "Phenomenon time, start"))
_END = ViewColumn(
    "ends_at", "timestamptz", Text("Koniec zjawiska (dla chwili: początek)", "Phenomenon time, end (instant: start)")
)
_EXCLUDED = ViewColumn("excluded", "boolean", Text("Wyłączone przez redaktora", "Excluded by an editor"))
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
    _EXCLUDED,
)
_ROLLUP_COLUMNS = (
    _STREAM,
    _START,
    ViewColumn("mean", "float8", Text("Średnia", "Mean")),
    ViewColumn("lowest", "float8", Text("Najmniejsza", "Least")),
    ViewColumn("highest", "float8", Text("Największa", "Greatest")),
    ViewColumn("count", "integer", Text("Liczba wartości", "Number of values")),
    ViewColumn("flagged", "integer", Text("Z zastrzeżeniami", "Number of flagged values")),
    ViewColumn("coverage", "float8", Text("Pokrycie (0 do 1)", "Coverage (0 to 1)")),
    _EXCLUDED,
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
    ViewColumn("synthetic", "boolean", Text("Zmyślone (demo)", "Invented (demo)")),
)

_ALLOWED = SQL(
    "SELECT d.* FROM public.layers_datastream d JOIN public.layers_thing t ON t.id = d.thing_id "
    "WHERE t.kind = ANY({kinds}) AND d.ended_by_id IS NULL AND t.ended_by_id IS NULL"
)


def series_views(access: Access) -> list[MoreView]:
    """The views of a level: datastreams of the kinds that it may see, and their values."""
    kinds = Literal([kind.slug for kind in visible_kinds(access)])
    allowed = _ALLOWED.format(kinds=kinds)
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
            _VALUE_COLUMNS,
            _of("raw", "layers_latestvalue", _VALUE_COLUMNS, allowed),
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


def _streams(allowed: Composable) -> Composable:
    return SQL(
        "SELECT d.id AS datastream_id, t.name::text AS station, "
        "t.code::text AS station_code, t.kind::text AS layer, "
        "t.feature_id, p.code::text AS observed_property, d.name::text AS name, d.unit_symbol::text AS unit, "
        "d.interval_s, s.synthetic FROM ({allowed}) d JOIN public.layers_thing t ON t.id = d.thing_id "
        "JOIN public.layers_observedproperty p ON p.id = d.observed_property_id "
        "JOIN public.layers_dataset s ON s.id = t.dataset_id"
    ).format(allowed=allowed)


def _of(statistic: str, table: str, columns: tuple[ViewColumn, ...], allowed: Composable) -> Composable:
    named = [SQL("v.") + SQL(one.name) for one in columns if one is not _EXCLUDED]
    excluded = SQL(f"{is_excluded(statistic)} AS excluded")
    return SQL(
        "SELECT {columns}, {excluded} FROM public.{table} v JOIN ({allowed}) d ON d.id = v.datastream_id"
    ).format(columns=SQL(", ").join(named), excluded=excluded, table=SQL(table), allowed=allowed)
