"""Columns of the tables of IMGW, which have no header; from the descriptions that IMGW publishes beside its data.

A table's rows begin with code and name of the station and the date; then follow pairs of a value and its status.
"""

from dataclasses import dataclass

from layers.text import Text

HIGHEST_DAYS = 31.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column: IMGW's code, names, unit, physical range in that unit.

    `event`: a sum, depth or number of days of something that may not occur, so that status 9 means 0.
    """

    code: str
    name: Text
    unit: str
    lowest: float
    highest: float
    event: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A table: the beginning of its files' names, "month" or "day", its columns after the date.

    A column is a quantity followed by a status, or a text: the name of one cell that is no quantity and is not read.
    """

    prefix: str
    period: str
    columns: tuple[Quantity | str, ...]

    @property
    def date_cells(self) -> int:
        """Cells of the date: year, month and, in daily tables, day."""
        return 3 if self.period == "day" else 2

    @property
    def width(self) -> int:
        """Number of cells of a row."""
        return 2 + self.date_cells + sum(1 if isinstance(one, str) else 2 for one in self.columns)


def _temperature(code: str, pl: str, en: str) -> Quantity:
    return Quantity(code, Text(pl, en), "°C", -60.0, 60.0)


def _days(code: str, pl: str, en: str) -> Quantity:
    return Quantity(code, Text(f"liczba dni {pl}", f"days with {en}"), "d", 0.0, HIGHEST_DAYS, event=True)


MONTHLY_SYNOPTIC = Layout(
    "s_m_d",
    "month",
    (
        _temperature("TMAX", "absolutna temperatura maksymalna", "highest air temperature"),
        _temperature("TMXS", "średnia temperatura maksymalna", "mean of daily highest air temperatures"),
        _temperature("TMIN", "absolutna temperatura minimalna", "lowest air temperature"),
        _temperature("TMNS", "średnia temperatura minimalna", "mean of daily lowest air temperatures"),
        _temperature("STM", "średnia temperatura", "mean air temperature"),
        _temperature("TMNG", "minimalna temperatura przy gruncie", "lowest temperature near the ground"),
        Quantity("SUMM", Text("suma opadów", "precipitation"), "mm", 0.0, 1500.0, event=True),
        Quantity(
            "OPMX", Text("maksymalna dobowa suma opadów", "highest daily precipitation"), "mm", 0.0, 500.0, True
        ),
        "first day of the highest precipitation",
        "last day of the highest precipitation",
        Quantity("SUUS", Text("suma usłonecznienia", "sunshine duration"), "h", 0.0, 744.0, event=True),
        Quantity("PKSN", Text("maksymalna wysokość pokrywy śnieżnej", "highest snow depth"), "cm", 0.0, 500.0, True),
        _days("PSDN", "z pokrywą śnieżną", "snow cover"),
        _days("DESD", "z opadem deszczu", "rain"),
        _days("SNID", "z opadem śniegu", "snowfall"),
        _days("DSND", "z opadem deszczu ze śniegiem", "rain and snow"),
        _days("GRDD", "z gradem", "hail"),
        _days("MGLD", "z mgłą", "fog"),
        _days("ZAMD", "z zamgleniem", "mist"),
        _days("SADD", "z sadzią", "rime"),
        _days("GOLD", "z gołoledzią", "glaze"),
        _days("ZAND", "z zamiecią śnieżną niską", "low drifting snow"),
        _days("ZAWD", "z zamiecią śnieżną wysoką", "blowing snow"),
        _days("ZMED", "ze zmętnieniem", "haze"),
        _days("W10D", "z wiatrem >= 10 m/s", "wind of 10 m/s or more"),
        _days("W15D", "z wiatrem > 15 m/s", "wind above 15 m/s"),
        _days("BURD", "z burzą", "thunderstorm"),
        _days("ROSD", "z rosą", "dew"),
        _days("SZRD", "ze szronem", "hoar frost"),
    ),
)
MONTHLY_TERM = Layout(
    "s_m_t",
    "month",
    (
        Quantity("NOS", Text("średnie zachmurzenie ogólne", "mean cloud cover"), "okta", 0.0, 8.0),
        Quantity("FWS", Text("średnia prędkość wiatru", "mean wind speed"), "m/s", 0.0, 60.0),
        _temperature("TEMP", "średnia temperatura", "mean air temperature"),
        Quantity("CPW", Text("średnie ciśnienie pary wodnej", "mean vapour pressure"), "hPa", 0.0, 60.0),
        Quantity("WLGS", Text("średnia wilgotność względna", "mean relative humidity"), "%", 0.0, 100.0),
        Quantity("PPPS", Text("średnie ciśnienie na poziomie stacji", "mean station pressure"), "hPa", 700.0, 1100.0),
        Quantity(
            "PPPM", Text("średnie ciśnienie na poziomie morza", "mean sea level pressure"), "hPa", 900.0, 1100.0
        ),
        Quantity("WODZ", Text("suma opadu w dzień", "precipitation by day"), "mm", 0.0, 1500.0, event=True),
        Quantity("WONO", Text("suma opadu w nocy", "precipitation by night"), "mm", 0.0, 1500.0, event=True),
    ),
)
DAILY_CLIMATE = Layout(
    "k_d",
    "day",
    (
        _temperature("TMAX", "maksymalna temperatura", "highest air temperature"),
        _temperature("TMIN", "minimalna temperatura", "lowest air temperature"),
        _temperature("STD", "średnia temperatura", "mean air temperature"),
        _temperature("TMNG", "minimalna temperatura przy gruncie", "lowest temperature near the ground"),
        Quantity("SMDB", Text("suma opadów", "precipitation"), "mm", 0.0, 500.0, event=True),
        "kind of precipitation (S snow, W water)",
        Quantity("PKSN", Text("wysokość pokrywy śnieżnej", "snow depth"), "cm", 0.0, 500.0, event=True),
    ),
)
DAILY_CLIMATE_TERM = Layout(
    "k_d_t",
    "day",
    (
        _temperature("TEMP", "średnia temperatura", "mean air temperature"),
        Quantity("WLGS", Text("średnia wilgotność względna", "mean relative humidity"), "%", 0.0, 100.0),
        Quantity("FWS", Text("średnia prędkość wiatru", "mean wind speed"), "m/s", 0.0, 60.0),
        Quantity("NOS", Text("średnie zachmurzenie ogólne", "mean cloud cover"), "okta", 0.0, 8.0),
    ),
)
LAYOUTS = {one.prefix: one for one in (MONTHLY_SYNOPTIC, MONTHLY_TERM, DAILY_CLIMATE, DAILY_CLIMATE_TERM)}


def layout_named(name: str) -> Layout | None:
    """The layout of a file by its name: the longest beginning that fits. "k_d_t_07_2016.csv" is k_d_t, not k_d."""
    fitting = [one for prefix, one in LAYOUTS.items() if name.lower().startswith(f"{prefix}_")]
    return max(fitting, key=lambda one: len(one.prefix), default=None)
