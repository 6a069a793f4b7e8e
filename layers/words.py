"""The indexes by which features are found by their words, whatever the diacritics, case and typing errors."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import F, Func, TextField

from layers.schema.feature import CURRENT


class Folded(Func):
    """A text without diacritics, in small letters."""

    function = "layers_fold"
    output_field = TextField()


def word_index(model: str, field: str) -> GinIndex:
    """Trigrams of a field's words, of current rows; `model` is the class name in small letters."""
    name = f"{model}_{field}_words"
    return GinIndex(OpClass(Folded(F(field)), name="gin_trgm_ops"), name=name, condition=CURRENT)
