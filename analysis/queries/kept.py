"""Stored results of query jobs, which only their link opens, and questions that accounts save.

A result stores the versions of the features found, not their values: these are read again with the visitor's access,
so that an erased feature disappears from it and a layer no longer public stays closed. The values it does store, its
figures and the distances to the nearest, are deleted with it once a feature of one of its layers is erased.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from analysis.errors import UnknownResult
from analysis.queries.chosen import Sql, quoted, table
from analysis.queries.groups import Group
from analysis.queries.question import DISTRICT, DISTRICTS, Question, question_of
from layers.access.rules import Access, record_read, serving
from layers.jobs.results import KeptResult, new_token
from layers.reading.selection import Selection
from layers.runs.models import Dataset, Erasure, Run
from layers.schema.feature import FeatureQuerySet

MOST_SAVED = 200
ERASURES = "erasures"
"""Key in a run's details: the number of erasures of its kinds when it began."""
_GONE = "This result is not there, or is no longer kept; ask the question again."


class QueryResult(KeptResult):
    """The answer of a job. `level` is that of the account that asked; a visitor below it cannot open the answer."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="query_result")
    words = models.JSONField()
    dataset = models.ForeignKey(Dataset, models.CASCADE, null=True, related_name="+")
    total = models.BigIntegerField(default=0)
    groups = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"result of run {self.run_id}"

    @classmethod
    def opened(cls, access: Access, token: str) -> "QueryResult":
        """The result of a link, its run finished or not. Raises UnknownResult, also for a visitor below its level."""
        found = cls.by_token(access, token)
        if found is None:
            raise UnknownResult(_GONE)
        if found.done and erasures(found.words) > found.run.details.get(ERASURES, 0):
            raise UnknownResult(_GONE)
        return found

    @classmethod
    def expired(cls) -> QuerySet[Self]:
        """Results to delete: past their expiry, or with figures of a feature that was erased since."""
        return cls.objects.filter(Q(expires_at__lte=now()) | Q(pk__in=_with_erased()))

    @property
    def done(self) -> bool:
        """Whether the run has finished with an answer."""
        return self.run.status == Run.Status.COMMITTED

    def figures(self) -> list[Group]:
        """The groups of the answer."""
        return [Group(*one) for one in self.groups or ()]


class QueryMember(models.Model):
    """One feature of a result, by its version, and the nearest one of the second layer with its distance."""

    result = models.ForeignKey(QueryResult, models.CASCADE, related_name="members", db_index=False)
    version_id = models.BigIntegerField()
    near_version = models.BigIntegerField(null=True)
    distance_m = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "version_id"], name="querymember_once")]

    def __str__(self) -> str:
        return f"version {self.version_id}"


class SavedQuery(models.Model):
    """A question that an account saved. Every visitor with its link may ask it, within their own access."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    token = models.CharField(max_length=40, unique=True, default=new_token)
    words = models.JSONField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "saved queries"

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True, slots=True)
class ResultFeatures(Selection):
    """The features of a result that the visitor may see."""

    question: Question | None = None
    result_id: int = 0

    def rows(self) -> FeatureQuerySet:
        """The features as a queryset, unordered."""
        every = self.kind.model._default_manager.all()
        members = f"SELECT version_id FROM {quoted(QueryMember._meta.db_table)} WHERE result_id = %s"
        found = every.extra(where=[f"{table(self.kind)}.version_id IN ({members})"], params=[self.result_id])
        return cast(FeatureQuerySet, found)

    def nearest(self, shown: tuple[str, ...] = ()) -> Sql:
        """The same join as `Chosen.nearest`, from the stored distances and versions."""
        assert self.question is not None
        assert self.question.related is not None
        fields = "".join(f", related.{quoted(name)}" for name in shown)
        members = (
            f"SELECT member.version_id, member.distance_m, member.near_version{fields} "
            f"FROM {quoted(QueryMember._meta.db_table)} AS member LEFT JOIN {table(self.question.related.kind)} "
            "AS related ON related.version_id = member.near_version WHERE member.result_id = %s"
        )
        return f"LEFT JOIN ({members}) near ON near.version_id = {table(self.kind)}.version_id", [self.result_id]


def result_features(access: Access, result: QueryResult) -> ResultFeatures | None:
    """The features of a result; None where its layer had no data. Raises UnknownKind, BadQuestion."""
    question = question_of(access, result.words)
    shown = serving(question.kind, result.dataset.slug) if result.dataset else serving(question.kind)
    if shown is None:
        return None
    if question.related is not None:
        record_read(question.related.kind)
    return ResultFeatures(access, question.kind, shown, question=question, result_id=result.pk)


def erasures(words: Mapping[str, Any]) -> int:
    """The number of erasures ever of the kinds of which the answer of a question stores values."""
    kinds = _kinds_with_values(words)
    return Erasure.objects.filter(kind__in=kinds).count() if kinds else 0


def _kinds_with_values(words: Mapping[str, Any]) -> set[str]:
    """Slugs of the kinds of which an answer stores figures or distances, not versions alone."""
    if not (words.get("measure") or words.get("by")):
        return {words["to"]} if words.get("relation") == "nearest" else set()
    kinds = {words["layer"]} | ({words["to"]} if words.get("relation") else set())
    return kinds | ({DISTRICTS} if words.get("by") == DISTRICT or words.get("district") else set())


def _with_erased() -> list[int]:
    """Keys of results whose kinds had more erasures since they were computed."""
    erased = dict(Erasure.objects.values_list("kind").annotate(models.Count("pk")))
    if not erased:
        return []
    names = ("layer", "relation", "to", "measure", "by", "district")
    done = QueryResult.objects.filter(run__status=Run.Status.COMMITTED)
    found = []
    for pk, details, *values in done.values_list("pk", "run__details", *(f"words__{name}" for name in names)):
        kinds = _kinds_with_values(dict(zip(names, values, strict=True)))
        if sum(erased.get(kind, 0) for kind in kinds) > details.get(ERASURES, 0):
            found.append(pk)
    return found


def as_stored(group: Group) -> list[Any]:
    """A group as it is stored in JSON."""
    return [group.code, group.name, group.count, group.value, group.known]
