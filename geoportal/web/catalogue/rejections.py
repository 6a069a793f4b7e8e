"""What was rejected on its way to a layer within the last days, for those who manage its sensors."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.timezone import now

from geoportal.accounts.visitors import Visitor
from geoportal.wording.values import moment
from layers.runs.models import Rejection
from layers.runs.reasons import REASONS
from layers.schema.kind import LayerKind

MOST_SHOWN = 50
RECENT = timedelta(hours=48)
"""Of runs that began within this time: today's and yesterday's of a source that sends all day."""


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """A rejection in words. `origin` is the topic of a message, or the code of a station or series in a file."""

    source: str
    began: str
    origin: str
    reason: str
    message: str
    value: str


def rejection_rows(visitor: Visitor, kind: LayerKind) -> list[RejectionRow]:
    """The last MOST_SHOWN rejections of a layer, latest first; none for visitors who do not manage sensors."""
    if not (visitor.can("sensors") and visitor.access.reaches("staff")):
        return []
    rows = Rejection.objects.filter(kind=kind.slug, run__created_at__gte=now() - RECENT).select_related("run")
    return [
        RejectionRow(
            one.run.source,
            moment(one.run.created_at),
            one.source_id,
            str(REASONS.get(one.reason, one.reason)),
            one.message,
            one.value,
        )
        for one in rows.order_by("-pk")[:MOST_SHOWN]
    ]
