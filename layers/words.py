"""Trigram indexes for searching features by words, regardless of diacritics, case and typing errors."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import F, Func, TextField

from layers.schema.feature import CURRENT


class Folded(Func):
    """A text in lower case without diacritics."""

    function = "layers_fold"
    output_field = TextField()


def word_index(model: str, field: str) -> GinIndex:
    """The trigram index of a text field over current rows; `model` is the class name in lower case."""
    name = f"{model}_{field}_words"
    return GinIndex(OpClass(Folded(F(field)), name="gin_trgm_ops"), name=name, condition=CURRENT)
