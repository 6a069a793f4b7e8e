-- Exposed buildings by scenario, use and class of depth, with people and loss; the group "ead" holds every exposed
-- building, its loss is the expected annual damage. Values are summed as the decimals that are stored, exactly, so
-- that the order of rows does not matter.
-- edges: depths in metres between the classes, ascending; a depth on an edge belongs to the class below.
SELECT
    flood.scenario,
    building.use_class,
    CASE WHEN flood.depth_m IS NOT NULL THEN
        (SELECT 1 + count(*) FROM unnest(%(edges)s::float8[]) AS edge WHERE edge < flood.depth_m)
    END AS depth_class,
    count(*) AS buildings,
    coalesce(sum(building.residents::numeric), 0) AS people,
    coalesce(sum(flood.loss_pln::numeric), 0) AS loss_pln
FROM flood_exposure AS building
CROSS JOIN LATERAL (VALUES
    ('p10', share_p10, depth_p10_m, loss_p10_pln),
    ('p1', share_p1, depth_p1_m, loss_p1_pln),
    ('p02', share_p02, depth_p02_m, loss_p02_pln),
    ('embankment', share_embankment, depth_embankment_m, loss_embankment_pln),
    ('ead', 1, NULL, ead_pln)
) AS flood (scenario, share, depth_m, loss_pln)
WHERE flood.share IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
