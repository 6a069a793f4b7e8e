-- The run's changes get the next numbers of the feed. The counter row stays locked until the commit, so numbers
-- have no gaps and are seen in order.
WITH counter AS (
    UPDATE layers_changecounter SET last = last + (SELECT count(*) FROM run_changes) WHERE id = 1 RETURNING last
), base AS (
    SELECT last - (SELECT count(*) FROM run_changes) AS seq FROM counter
), numbered AS (
    INSERT INTO layers_change
        (seq, kind, dataset_id, feature_id, old_version, new_version, old_box, new_box, fields, run_id)
    SELECT base.seq + row_number() OVER (ORDER BY c.n), c.kind, c.dataset_id, c.feature_id, c.old_version,
           c.new_version, c.old_box, c.new_box, c.fields, %(run)s
    FROM run_changes c, base
)
SELECT last FROM counter
