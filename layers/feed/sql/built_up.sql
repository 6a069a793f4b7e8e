-- Objects smaller than a pixel of the level, gathered in cells of four pixels; touching cells of a square are one area.
WITH small AS (
    SELECT (ST_XMin(f.geom_web) + ST_XMax(f.geom_web)) / 2 + %(half)s AS cx,
           %(half)s - (ST_YMin(f.geom_web) + ST_YMax(f.geom_web)) / 2 AS cy
    FROM {table} f
    WHERE f.recorded_to IS NULL AND f.dataset_id = %(dataset)s AND ST_Area(f.geom_web) < %(pixel)s * %(pixel)s
      AND f.geom_web && (
          SELECT ST_MakeEnvelope(min(x) * %(square)s - %(half)s, %(half)s - (max(y) + 1) * %(square)s,
                                 (max(x) + 1) * %(square)s - %(half)s, %(half)s - min(y) * %(square)s, %(web)s)
          FROM built_up_squares)
), cells AS (
    SELECT floor(cx / %(cell)s) AS i, floor(cy / %(cell)s) AS j, count(*) AS objects,
           floor(cx / %(square)s)::int AS x, floor(cy / %(square)s)::int AS y
    FROM small GROUP BY 1, 2, 4, 5
)
INSERT INTO layers_builtup (kind, dataset_id, level, x, y, objects_merged, geom_web)
SELECT %(kind)s, %(dataset)s, %(level)s, x, y, sum(objects),
       ST_Multi(ST_Union(ST_MakeEnvelope(i * %(cell)s - %(half)s, %(half)s - (j + 1) * %(cell)s,
                                         (i + 1) * %(cell)s - %(half)s, %(half)s - j * %(cell)s, %(web)s)))
FROM cells WHERE (x, y) IN (SELECT x, y FROM built_up_squares) GROUP BY x, y
