"""The SQL steps that merge a stage into a layer's table, inside the writer's transaction."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from layers.schema.kind import LayerKind

RUN_CHANGES = """CREATE TEMP TABLE IF NOT EXISTS run_changes (
    n bigserial, kind text, dataset_id bigint, feature_id uuid, old_version bigint, new_version bigint,
    old_box geometry, new_box geometry, fields jsonb) ON COMMIT DROP"""


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a merge: the kind's table, the dataset, the run, the moment of change."""

    kind: LayerKind
    dataset_id: int
    dataset: str
    synthetic: bool
    run_id: int
    moment: Any

    @property
    def table(self) -> str:
        """The layer's table."""
        return str(self.kind.model._meta.db_table)

    @property
    def stage(self) -> str:
        """The stage's temporary table."""
        return f"stage_{self.kind.slug}"

    @property
    def payload(self) -> tuple[str, ...]:
        """Columns whose differences make a new version: fields, extra, geometry."""
        return (*self.kind.field_names, "extra", "geom")

    def values(self) -> dict[str, Any]:
        """Parameters of the merge's statements."""
        return {
            "kind": self.kind.slug,
            "dataset": self.dataset_id,
            "owner": self.dataset,
            "run": self.run_id,
            "moment": self.moment,
            "synthetic": self.synthetic,
        }


def execute(query: str, values: Any = None) -> int:
    """Run a statement; returns the number of affected rows."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return int(cursor.rowcount)


def fill_from_stored(target: Target, supplied: tuple[str, ...]) -> None:
    """Fill staged rows with the stored values of fields that this run does not supply or own."""
    parts = ["field_owners = c.field_owners"]
    for name in target.payload:
        if name not in supplied:
            parts.append(f"{name} = c.{name}")
        else:
            parts.append(
                f"{name} = CASE WHEN coalesce(c.field_owners->>'{name}', %(owner)s) <> %(owner)s "
                f"THEN c.{name} ELSE s.{name} END"
            )
    everything = set(target.payload) <= set(supplied)
    only = " AND c.field_owners IS NOT NULL" if everything else ""
    execute(
        f"UPDATE {target.stage} s SET {', '.join(parts)} FROM {target.table} c "
        f"WHERE c.version_id = s.old_version{only}",
        target.values(),
    )


def drop_unchanged(target: Target) -> int:
    """Delete staged rows equal to the stored ones, whose hash is updated; returns how many."""
    same = " AND ".join(f"s.{name} IS NOT DISTINCT FROM c.{name}" for name in target.payload)
    return execute(
        f"WITH same AS (DELETE FROM {target.stage} s USING {target.table} c WHERE c.version_id = s.old_version "
        f"AND {same} AND s.field_owners IS NOT DISTINCT FROM c.field_owners "
        f"RETURNING s.old_version, s.payload_hash) "
        f"UPDATE {target.table} c SET payload_hash = same.payload_hash FROM same "
        "WHERE c.version_id = same.old_version"
    )


def record_changes(target: Target) -> None:
    """Insert into `run_changes` what the stage will write, with the names of the fields that differ."""
    differ = ", ".join(f"CASE WHEN s.{name} IS DISTINCT FROM c.{name} THEN '{name}' END" for name in target.payload)
    execute(
        "INSERT INTO run_changes (kind, dataset_id, feature_id, old_version, new_version, old_box, new_box, fields) "
        "SELECT %(kind)s, %(dataset)s, s.feature_id, c.version_id, s.version_id, ST_Envelope(c.geom), "
        "ST_Envelope(s.geom), CASE WHEN c.version_id IS NULL THEN NULL ELSE "
        f"to_jsonb(array_remove(ARRAY[{differ}], NULL)) END "
        f"FROM {target.stage} s LEFT JOIN {target.table} c ON c.version_id = s.old_version",
        target.values(),
    )


def replace_rows(target: Target) -> int:
    """Close the stored rows that staged rows replace, and insert the stage; returns how many were inserted."""
    values = target.values()
    execute(
        f"UPDATE {target.table} c SET recorded_to = %(moment)s, closed_by_id = %(run)s "
        f"FROM {target.stage} s WHERE c.version_id = s.old_version",
        values,
    )
    columns = (
        "version_id",
        "feature_id",
        "source_id",
        "data_date",
        "payload_hash",
        "field_owners",
        *target.payload,
    )
    names = ", ".join(columns)
    return execute(
        f"INSERT INTO {target.table} ({names}, dataset_id, run_id, recorded_from, synthetic) "
        f"SELECT {names}, %(dataset)s, %(run)s, %(moment)s, %(synthetic)s FROM {target.stage}",
        values,
    )


def close_rows(target: Target, which: str, values: dict[str, Any] | None = None) -> int:
    """Close current rows of the dataset that match the SQL condition `which` (on alias c); returns how many."""
    return execute(
        f"WITH ended AS (UPDATE {target.table} c SET recorded_to = %(moment)s, closed_by_id = %(run)s "
        f"WHERE c.recorded_to IS NULL AND c.dataset_id = %(dataset)s AND {which} "
        "RETURNING c.feature_id, c.version_id, c.geom) "
        "INSERT INTO run_changes (kind, dataset_id, feature_id, old_version, old_box) "
        "SELECT %(kind)s, %(dataset)s, feature_id, version_id, ST_Envelope(geom) FROM ended",
        target.values() | (values or {}),
    )
