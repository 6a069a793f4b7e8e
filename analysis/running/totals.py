"""Totals of a result, computed in the database by the study's own `totals.sql`, without reading its rows."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from analysis.running.result_rows import Relation
from analysis.study import Rules, Study


def totals(study: Study, outputs: Mapping[str, Relation], rules: Rules) -> dict[str, Any]:
    """The summary of a result: what `study.summarise` makes of the groups that the SQL returns, JSON values only.

    `outputs` maps the slug of each kind to the SQL of its rows.
    """
    relations = ", ".join(f"{slug} AS ({rows.sql})" for slug, rows in outputs.items())
    values = {name: value for rows in outputs.values() for name, value in rows.values.items()}
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {relations} {study.totals_file.read_text()}", values | study.totals_values(rules))
        names = [column[0] for column in cursor.description]
        groups = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return study.summarise(groups, rules)
