"""Stations and datastreams of the synthetic network: gauges, air, forest litter, buildings, alarms in homes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingest.sensors.pollutants import MICROGRAMS, POLLUTANTS, UCUM, UNIT_NAMES
from layers.observations.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from layers.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CELSIUS, PERCENT = Unit("stopień Celsjusza", "°C", "Cel"), Unit("procent", "%", "%")
TEN_MINUTES_S, HOUR_S = 600, 3600


@dataclass(frozen=True)
class Quantity:
    """What is measured: names, unit, interval in seconds (`mean`: of the interval), and limits of quality control."""

    code: str
    name: Text
    unit: Unit
    interval_s: int
    limits: Mapping[str, float]
    mean: bool = False
    definition: str = ""


def _pollutant(code: str, step: float) -> Quantity:
    one = POLLUTANTS[code]
    unit = Unit(UNIT_NAMES[MICROGRAMS], MICROGRAMS, UCUM[MICROGRAMS])
    limits = {"lowest": 0, "highest": one.highest, "step": step, "spike": step, "stuck": 12}
    return Quantity(code, one.name, unit, HOUR_S, limits, mean=True, definition=one.definition)


_WEATHER = {"lowest": -45, "highest": 50, "step": 8, "spike": 8, "stuck": 24}
QUANTITIES = {
    one.code: one
    for one in (
        Quantity(
            "level",
            Text("stan wody", "water level"),
            Unit("centymetr", "cm", "cm"),
            TEN_MINUTES_S,
            {"lowest": 0, "highest": 700, "step": 60, "spike": 40, "stuck": 36},
        ),
        Quantity(
            "water_temperature",
            Text("temperatura wody", "water temperature"),
            CELSIUS,
            HOUR_S,
            {"lowest": -1, "highest": 35, "step": 5, "spike": 4},
        ),
        _pollutant("PM10", 400),
        _pollutant("PM2.5", 300),
        _pollutant("NO2", 200),
        Quantity("temperature", Text("temperatura powietrza", "air temperature"), CELSIUS, HOUR_S, _WEATHER),
        Quantity(
            "humidity",
            Text("wilgotność względna powietrza", "relative humidity"),
            PERCENT,
            HOUR_S,
            {"lowest": 1, "highest": 100, "step": 60},
        ),
        Quantity(
            "litter_moisture",
            Text("wilgotność ściółki leśnej", "moisture of forest litter"),
            PERCENT,
            HOUR_S,
            {"lowest": 1, "highest": 150},
        ),
        Quantity(
            "tilt",
            Text("wychylenie", "tilt"),
            Unit("milimetr na metr", "mm/m", "mm/m"),
            HOUR_S,
            {"lowest": -50, "highest": 50, "step": 2},
        ),
        Quantity(
            "crack",
            Text("rozwartość rysy", "width of a crack"),
            Unit("milimetr", "mm", "mm"),
            HOUR_S,
            {"lowest": 0, "highest": 30, "step": 1},
        ),
        Quantity(
            "co",
            Text("tlenek węgla w mieszkaniu", "carbon monoxide in a home"),
            Unit("część na milion", "ppm", "[ppm]"),
            TEN_MINUTES_S,
            {"lowest": 0, "highest": 1000},
        ),
        Quantity(
            "battery",
            Text("napięcie akumulatora", "voltage of the battery"),
            Unit("wolt", "V", "V"),
            HOUR_S,
            {"lowest": 0, "highest": 20},
        ),
    )
}


@dataclass(frozen=True)
class Station:
    """A station: place in longitude and latitude, the size of each quantity, thresholds of the project where any."""

    code: str
    name: str
    type: str
    place: tuple[float, float]
    sizes: Mapping[str, float]
    thresholds: Mapping[str, float] | None = None
    broken: str = ""
    """The quantity whose instrument is broken for some days of each month."""


_RIVER: dict[str, float] = {"level": 0, "water_temperature": 1}
_AIR = ("PM10", "PM2.5", "NO2", "temperature", "humidity")
STATIONS = (
    Station("silnica-zalew", "Silnica, Zalew Kielecki", "river", (20.637, 50.9), _RIVER | {"level": 55}),
    Station(
        "silnica-centrum",
        "Silnica, ul. Solna",
        "river",
        (20.6233, 50.8722),
        _RIVER | {"level": 150},
        {"warning": 130, "alarm": 170},
    ),
    Station(
        "silnica-pakosz",
        "Silnica, Pakosz",
        "river",
        (20.6017, 50.8505),
        _RIVER | {"level": 120},
        {"warning": 120, "alarm": 160},
    ),
    Station(
        "bobrza-bialogon",
        "Bobrza, Białogon",
        "river",
        (20.5607, 50.8395),
        _RIVER | {"level": 170},
        {"warning": 180, "alarm": 230},
    ),
    Station("sufraganiec", "Sufraganiec, Niewachlów", "river", (20.5755, 50.881), _RIVER | {"level": 80}),
    Station("lubrzanka", "Lubrzanka, Cedzyna", "river", (20.7005, 50.8605), _RIVER | {"level": 110}),
    *(
        Station(code, name, "air", place, dict(zip(_AIR, sizes, strict=True)), broken=broken)
        for code, name, place, sizes, broken in (
            ("air-centrum", "Powietrze, Rynek", (20.6287, 50.8717), (1.0, 1.0, 1.2, 0.8, -3), ""),
            ("air-barwinek", "Powietrze, Barwinek", (20.6238, 50.8468), (0.9, 0.9, 0.8, 0.3, 0), ""),
            ("air-dabrowa", "Powietrze, Dąbrowa", (20.6567, 50.9003), (0.8, 0.8, 0.5, -0.4, 3), ""),
            ("air-bialogon", "Powietrze, Białogon", (20.5705, 50.8425), (1.45, 1.45, 0.6, -0.2, 2), "PM10"),
            ("air-herby", "Powietrze, Herby", (20.6003, 50.8762), (1.25, 1.25, 1.1, 0.2, 0), ""),
            ("air-bukowka", "Powietrze, Bukówka", (20.6762, 50.8575), (1.0, 1.0, 0.9, 0.0, 0), ""),
        )
    ),
    *(
        Station(
            code,
            name,
            "forest",
            place,
            {"litter_moisture": size, "temperature": -0.8, "humidity": 6, "battery": 12.4},
        )
        for code, name, place, size in (
            ("litter-stadion", "Ściółka, las Stadion", (20.6072, 50.8553), 1.0),
            ("litter-telegraf", "Ściółka, Telegraf", (20.6377, 50.8338), 0.85),
            ("litter-dalnia", "Ściółka, Dalnia", (20.5942, 50.8413), 1.1),
            ("litter-cedzyna", "Ściółka, Cedzyna", (20.7062, 50.8602), 0.95),
        )
    ),
    *(
        Station(code, name, "structure", place, {"tilt": tilt, "crack": crack})
        for code, name, place, tilt, crack in (
            ("tilt-bodzentynska", "Budynek, ul. Bodzentyńska", (20.6349, 50.8725), 0.9, 0.25),
            ("tilt-kozia", "Budynek, ul. Kozia", (20.6301, 50.8695), 0.1, 0.05),
            ("tilt-mlynska", "Budynek, ul. Młyńska", (20.6455, 50.8684), 2.6, 0.7),
        )
    ),
)
MAINTAINED = {
    "silnica-zalew": "2026-04-14",
    "silnica-centrum": "2026-09-02",
    "silnica-pakosz": "2026-09-02",
    "air-centrum": "2026-10-08",
    "air-bialogon": "2025-11-19",
    "litter-stadion": "2026-03-05",
    "litter-telegraf": "2026-03-05",
    "tilt-mlynska": "2026-06-23",
}
"""Days of the last maintenance, of some stations."""
CONTACT = "Dyżurny sieci pokazowej, wewn. 000 (zmyślony)"
ALARMS = (
    Station("alarm-1", "Czujnik, mieszkanie A", "co", (20.6188, 50.8811), {"co": 180}),
    Station("alarm-2", "Czujnik, mieszkanie B", "co", (20.6482, 50.8604), {"co": 90}),
)


@dataclass(frozen=True, eq=False)
class Instrument:
    """A datastream of the network and the formula of its values: number and size of the instrument."""

    stream: StreamSpec
    quantity: Quantity
    salt: int
    size: float
    broken: bool

    def starts(self, since: datetime, until: datetime) -> "NDArray[np.datetime64]":
        """The phenomenon times that begin in a period and have ended in it, in UTC."""
        import numpy as np

        step = self.quantity.interval_s
        first = -(-int(since.timestamp()) // step) * step
        last = int(until.timestamp()) - (step if self.quantity.mean else 0)
        return np.arange(first, last + 1, step, dtype="int64").astype("datetime64[s]").astype("datetime64[us]")

    def values(self, starts: "NDArray[np.datetime64]") -> "NDArray[np.float64]":
        """The values that begin at these times."""
        from ingest.sensors.simulated import values

        times = starts.astype("datetime64[s]").astype("float64")
        found = values.FORMULAS[self.quantity.code](times, self.salt, self.size)
        return values.broken(times, found) if self.broken else found

    def ends(self, starts: "NDArray[np.datetime64]") -> "NDArray[np.datetime64]":
        """The ends of the phenomenon times: of the hour for a mean, else the same moment."""
        import numpy as np

        return starts + np.timedelta64(self.quantity.interval_s, "s") if self.quantity.mean else starts


def instruments(place: Any) -> list[Instrument]:
    """All instruments of the network. `place` makes a geometry of the storage system of longitude and latitude."""
    made: list[Instrument] = []
    for station in (*STATIONS, *ALARMS):
        thing = _thing(station, place)
        for code, size in station.sizes.items():
            quantity = QUANTITIES[code]
            stream = _stream(thing, station, quantity)
            made.append(Instrument(stream, quantity, 1000 + 2 * len(made), size, station.broken == code))
    return made


def _thing(station: Station, place: Any) -> ThingSpec:
    alarm = station in ALARMS
    values = {"alarm_type" if alarm else "station_type": station.type, "operator": "Miasto Kielce (dane zmyślone)"}
    if not alarm:
        values["standing"] = "test"
    properties = {"contact": CONTACT}
    if station.code in MAINTAINED:
        properties["maintained_at"] = MAINTAINED[station.code]
    thing = ThingSpec(f"demo/{station.code}", station.name, "Punkt pomiarowy miasta pokazowego; dane zmyślone")
    return replace(
        thing,
        kind="alarms" if alarm else "stations",
        geometry=place(*station.place),
        values=values,
        properties=properties,
    )


def _stream(thing: ThingSpec, station: Station, quantity: Quantity) -> StreamSpec:
    properties: dict[str, Any] = {"synthetic": True}
    if quantity.code == "level" and station.thresholds:
        properties["thresholds"] = station.thresholds
    limits: dict[str, Any] = dict(quantity.limits)
    return StreamSpec(
        thing=thing,
        observed_property=PropertySpec(
            quantity.code, quantity.name.pl, definition=quantity.definition, description=quantity.name.en
        ),
        sensor=SensorSpec(f"demo/{quantity.code}", f"Czujnik pokazowy: {quantity.name.pl}", "Dane zmyślone"),
        code=quantity.code,
        name=f"{quantity.name.pl}: {station.name}",
        description=quantity.name.en,
        unit=quantity.unit,
        interval_s=quantity.interval_s,
        properties=properties,
        **limits,
    )


def now_utc() -> datetime:
    """The clock of the network."""
    return datetime.now(tz=UTC)
