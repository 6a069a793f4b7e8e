-- Squares of the web map (z 14) touched by the run's changes get the change number as their version. Boxes are first
-- gathered in cells of 500 m, so that a bulk load reprojects thousands of cells instead of every feature.
WITH boxes AS (
    SELECT kind, dataset_id, old_box AS box FROM run_changes WHERE old_box IS NOT NULL
    UNION ALL
    SELECT kind, dataset_id, new_box FROM run_changes WHERE new_box IS NOT NULL
), cells AS (
    SELECT DISTINCT kind, dataset_id,
           floor(ST_XMin(box) / 500) AS x0, floor(ST_YMin(box) / 500) AS y0,
           floor(ST_XMax(box) / 500) + 1 AS x1, floor(ST_YMax(box) / 500) + 1 AS y1
    FROM boxes
), web AS (
    SELECT kind, dataset_id,
           ST_Transform(ST_MakeEnvelope(x0 * 500 - 50, y0 * 500 - 50, x1 * 500 + 50, y1 * 500 + 50, %(srid)s), %(web)s) AS box
    FROM cells
), spans AS (
    SELECT DISTINCT kind, dataset_id,
           greatest(0, floor((ST_XMin(box) + %(half)s) / %(size)s))::int AS x0,
           least(16383, floor((ST_XMax(box) + %(half)s) / %(size)s))::int AS x1,
           greatest(0, floor((%(half)s - ST_YMax(box)) / %(size)s))::int AS y0,
           least(16383, floor((%(half)s - ST_YMin(box)) / %(size)s))::int AS y1
    FROM web
), touched AS (
    SELECT kind, dataset_id, x, y
    FROM spans, generate_series(x0, x1) AS x, generate_series(y0, y1) AS y
    WHERE (x1 - x0 + 1)::bigint * (y1 - y0 + 1) <= 4096
    UNION
    SELECT kind, dataset_id, -1, -1 FROM spans WHERE (x1 - x0 + 1)::bigint * (y1 - y0 + 1) > 4096
)
INSERT INTO layers_tileblock (kind, dataset_id, x, y, version)
SELECT kind, dataset_id, x, y, %(last)s FROM touched
ON CONFLICT (kind, dataset_id, x, y) DO UPDATE SET version = excluded.version
