"""Tables of the observation store: the entities of SensorThings 1.1 (OGC 18-088), observations, their revisions.

A Thing with a place is a row of the layer that its `kind` names (`stations`, `alarms`): its name, its locations and
its historical locations follow the versions of that row within each run (`layers.observations.placing`). A Thing
without a place has series all the same.
"""

from typing import ClassVar

from django.db import models
from django.db.models import CompositePrimaryKey
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from layers.crs import LonLatGeometryField
from layers.observations.specs import MEASUREMENT
from layers.runs.models import Dataset, Run


class Entity(models.Model):
    """What the entities have in common. An ended entity is hidden, with its observations, until its end is undone."""

    name = models.CharField(max_length=300, verbose_name=_("name"))
    description = models.TextField(blank=True, verbose_name=_("description"))
    properties = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk} {self.name}"


GEOJSON = "application/geo+json"


class Location(Entity):
    """A place, in use by one or several Things or by none yet.

    `location` is as given; where `encoding_type` is GeoJSON, `geom` is the same in longitude and latitude.
    """

    encoding_type = models.CharField(max_length=100, default=GEOJSON)
    location = models.JSONField()
    geom: models.Field = LonLatGeometryField(null=True)


class Thing(Entity):
    """A station, or another carrier of sensors. `code` is its identifier in the dataset, such as gios/SkKielJagiel.

    `feature_id` is the identity of its row in the layer `kind`, None without a place; `unplaced` is the reason.
    """

    kind = models.CharField(max_length=40)
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="+")
    code = models.CharField(max_length=200)
    feature_id = models.UUIDField(null=True, db_index=True)
    unplaced = models.CharField(max_length=300, blank=True)
    locations = models.ManyToManyField(Location, related_name="things")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "code"], name="thing_once")]


class HistoricalLocation(models.Model):
    """Where a Thing is since `time`. `version` is the version of its row in the layer, None for a place beside it."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="historical_locations")
    time = models.DateTimeField(default=now)
    locations = models.ManyToManyField(Location, related_name="historical_locations")
    version = models.BigIntegerField(null=True)
    created_by = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "version"], name="historical_location_once")]

    def __str__(self) -> str:
        return f"thing {self.thing_id} since {self.time}"


class Sensor(Entity):
    """An instrument or a procedure. `metadata` is any JSON, by its encoding type; mostly a document's address."""

    code = models.CharField(max_length=200, unique=True)
    encoding_type = models.CharField(max_length=100, default="text/html")
    metadata = models.JSONField(default=str, blank=True)


class ObservedProperty(Entity):
    """What is observed, such as PM10. `definition` is a URI."""

    code = models.CharField(max_length=200, unique=True)
    definition = models.CharField(max_length=500, blank=True)


class FeatureOfInterest(Entity):
    """What observations are about. With `thing`, it is the place of that Thing, which observations without a feature
    of their own are about. `kind` is the layer whose level decides who may see it, "" where none uses it yet.
    """

    encoding_type = models.CharField(max_length=100, default=GEOJSON)
    feature = models.JSONField()
    geom: models.Field = LonLatGeometryField(null=True)
    kind = models.CharField(max_length=40, blank=True)
    thing = models.OneToOneField(Thing, models.CASCADE, null=True, related_name="feature_of_interest")


class Datastream(Entity):
    """The series of one property at one Thing, measured by one sensor in one way.

    `interval_s` is the expected time between two observations in seconds, for coverage; 0 where unknown.
    `day_zone` is the time zone of its civil days, "" for the city's. `retention` names a class of the city file.
    Quality control (`layers.observations.quality`) uses `lowest` and `highest` (physical range), `step` (largest
    change between two observations), `spike` (largest jump there and back) and `stuck` (so many equal values in a
    row), all in the unit of the datastream, None for no such check. `edited` names the columns that an editor set
    (`layers.observations.decisions`): a source's declaration leaves them alone.
    """

    thing = models.ForeignKey(Thing, models.PROTECT, related_name="datastreams")
    sensor = models.ForeignKey(Sensor, models.PROTECT, related_name="datastreams")
    observed_property = models.ForeignKey(ObservedProperty, models.PROTECT, related_name="datastreams")
    code = models.CharField(max_length=200)
    observation_type = models.CharField(max_length=300, default=MEASUREMENT)
    unit_name = models.CharField(max_length=100, blank=True)
    unit_symbol = models.CharField(max_length=40, blank=True)
    unit_definition = models.CharField(max_length=300, blank=True)
    interval_s = models.IntegerField(default=0)
    day_zone = models.CharField(max_length=40, blank=True)
    retention = models.CharField(max_length=40, blank=True)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    step = models.FloatField(null=True)
    spike = models.FloatField(null=True)
    stuck = models.IntegerField(null=True)
    edited = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "code"], name="datastream_once")]

    @property
    def measures(self) -> bool:
        """Whether its results are numbers."""
        return self.observation_type == MEASUREMENT


class Exclusion(models.Model):
    """A period in which a datastream is not to be trusted, by an editor's decision. Its values stay stored.

    The end is not included, None while it is open. With `ended_by` it is withdrawn: it excludes nothing any more.
    Written by `layers.observations.decisions` only, whose runs have the later decisions about it.
    """

    datastream = models.ForeignKey(Datastream, models.CASCADE, related_name="exclusions")
    since = models.DateTimeField(verbose_name=_("from"))
    until = models.DateTimeField(null=True, verbose_name=_("until"))
    reason = models.CharField(max_length=300, verbose_name=_("reason"))
    account = models.CharField(max_length=150, verbose_name=_("account"))
    decided_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="exclusion_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.datastream_id} from {self.since} to {self.until}: {self.reason}"


class Batch(models.Model):
    """Observations stored in one transaction. `stored_seq` rises in the order of the commits and has no gaps.

    `counts` has the number of observations by outcome (`layers.observations.writing`); `first` and `last`
    bound the phenomenon times of what the batch changed. `changed` has the datastreams in which it changed, inserted
    or removed values before their end, flags among them, each with the start of the first one; None where that was
    not recorded. Values that follow all others are not there: the latest value of their datastream has the batch.
    """

    run = models.ForeignKey(Run, models.PROTECT, related_name="batches")
    stored_seq = models.BigIntegerField(null=True, unique=True)
    stored_at = models.DateTimeField(default=now)
    first = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    changed = models.JSONField(default=dict, null=True)

    def __str__(self) -> str:
        return f"batch {self.pk} of run {self.run_id}"


class ObservationCounter(models.Model):
    """One row: the last `stored_seq`. Its lock puts commits in order."""

    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class StoredValue(models.Model):
    """Columns of an observation. An instant has equal `starts_at` and `ends_at`.

    `value` is the number of a measurement; `result` any other result, as JSON. `result_time` is when the sensor made
    the result, None where that is unknown. `extra` has what else SensorThings knows of an observation (`parameters`,
    `validTime`, `resultQuality`), None for nothing. `flags` are bits of `layers.observations.quality.Flag`.
    `batch` (in subclasses) is the batch that wrote this state, with run, source and time of storing.
    """

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    result_time = models.DateTimeField(null=True)
    value = models.FloatField(null=True)
    result = models.JSONField(null=True)
    extra = models.JSONField(null=True)
    flags = models.SmallIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%dT%H:%M:%S}: {self.result if self.value is None else self.value}"


class Observation(StoredValue):
    """The current state of an observation. Partitioned by month of `starts_at` (UTC).

    `number` is unique over all partitions and contains the month (`layers.observations.partitions.number_base`).
    Foreign keys have no constraints: the writer locks the datastreams, and checks would double its time.
    """

    pk = CompositePrimaryKey("datastream", "starts_at", "ends_at")
    number = models.BigIntegerField()
    datastream = models.ForeignKey(Datastream, models.DO_NOTHING, db_constraint=False, db_index=False)
    feature_of_interest = models.ForeignKey(
        FeatureOfInterest, models.DO_NOTHING, db_constraint=False, db_index=False, null=True
    )
    batch = models.ForeignKey(Batch, models.DO_NOTHING, db_constraint=False, db_index=False)

    class Meta:
        managed = False
        db_table = "layers_observation"


class Revision(StoredValue):
    """A change of an observation other than its first storing: its state before, and the batch that changed it.

    `before` is the batch that had written the state before, None where there was no observation. `after` is the
    batch whose state is current since the change: `changed_by` for a correction, an older one where a rollback
    restored its state, None where the observation was removed.
    """

    number = models.BigIntegerField()
    datastream = models.ForeignKey(Datastream, models.DO_NOTHING, db_constraint=False)
    feature_of_interest = models.ForeignKey(
        FeatureOfInterest, models.DO_NOTHING, db_constraint=False, db_index=False, null=True
    )
    before = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    changed_by = models.ForeignKey(Batch, models.PROTECT, related_name="+")
    after = models.ForeignKey(Batch, models.PROTECT, db_index=False, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["datastream", "starts_at"], name="revision_key")]


class Rollup(models.Model):
    """Statistics of the valid values of a datastream in one hour or civil day.

    Valid are numbers without the flag of the physical range. `coverage` is the share (0 to 1) of the period that is
    observed, None where the datastream's interval is unknown; `flagged` counts values with any flag.
    """

    pk = CompositePrimaryKey("datastream", "starts_at")
    datastream = models.ForeignKey(Datastream, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    starts_at = models.DateTimeField()
    mean = models.FloatField(null=True)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    count = models.IntegerField()
    flagged = models.IntegerField()
    coverage = models.FloatField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%dT%H:%M}: {self.mean} of {self.count}"


class HourlyRollup(Rollup):
    """Statistics of an hour."""


class DailyRollup(Rollup):
    """Statistics of a civil day in the datastream's zone."""


class LatestValue(StoredValue):
    """The observation of a datastream with the latest phenomenon time; updated by the writer."""

    datastream = models.OneToOneField(Datastream, models.CASCADE, primary_key=True, related_name="latest")
    number = models.BigIntegerField()
    batch = models.ForeignKey(Batch, models.PROTECT, db_index=False, related_name="+")
