"""Up to where stored observations were published, as a row of the database: a backup has it with the feed."""

from django.db import models


class PublishedBatch(models.Model):
    """One row: the number in the observation feed up to which batches were published."""

    stored_seq = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.stored_seq)
