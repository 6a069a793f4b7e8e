"""Pages of observations over SensorThings, for `bench_sensors`.

Baseline: the same rows and columns as JSON, made by the database in one statement and fetched as text, in this
process. The page goes through all of Django: middleware, address, query, rendering.
"""

from django.db import connection
from django.test import Client

from tests.benchmarks import setting
from tests.benchmarks.report import Report

PAGE = 1000
_AS_JSON = """
SELECT json_agg(json_build_object('@iot.id', number, 'phenomenonTime', starts_at, 'ends', ends_at,
    'resultTime', result_time, 'result', coalesce(to_jsonb(value), result), 'extra', extra, 'flags', flags))::text
FROM (
    SELECT number, starts_at, ends_at, result_time, value, result, extra, flags FROM layers_observation
    WHERE datastream_id = %s ORDER BY starts_at, ends_at, number LIMIT %s
) page
"""


def add_figures(report: Report, streams: list[int], rounds: int) -> None:
    """Measure a page of the first datastream, and all stations with their latest values."""
    client = Client(headers={"host": "localhost"})
    page = f"/sta/v1.1/Datastreams({streams[0]})/Observations?$top={PAGE}"
    latest = "$expand=Observations($top=1;$orderby=phenomenonTime%20desc;$select=result,phenomenonTime)"
    stations = f"/sta/v1.1/Things?$top=1000&$expand=Locations,Datastreams($select=name;{latest})"

    def selected() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_AS_JSON, [streams[0], PAGE])
            cursor.fetchone()

    def read(address: str) -> None:
        response = client.get(address)
        assert response.status_code == 200, response.content[:300]

    times: dict[str, list[float]] = {"select": [], "page": [], "array": [], "stations": []}
    for _ in range(max(3, rounds * 4)):
        times["select"].append(setting.timed(selected))
        times["page"].append(setting.timed(lambda: read(page)))
        times["array"].append(setting.timed(lambda: read(f"{page}&$resultFormat=dataArray")))
    for _ in range(3):
        times["stations"].append(setting.timed(lambda: read(stations)))
    median = {name: setting.median(found) for name, found in times.items()}
    print(f"page of {PAGE}: SELECT {1000 * median['select']:.1f} ms, SensorThings {1000 * median['page']:.1f} ms")
    report.add(f"SELECT as JSON / page of {PAGE} observations", median["select"] / median["page"], at_least=0.5)
    report.add(f"SELECT as JSON / data array of {PAGE}", median["select"] / median["array"])
    report.add("all stations with their latest values, ms", 1000 * median["stations"])
