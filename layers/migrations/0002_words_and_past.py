"""Functions by which texts are searched, and an index by which maps show the past."""

from pathlib import Path

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "sql" / "fold.sql").read_text(encoding="utf-8")
DROP = """DROP FUNCTION layers_words(text[]); DROP FUNCTION layers_fold(text); DROP FUNCTION layers_unaccent(text);"""


class Migration(migrations.Migration):

    dependencies = [("layers", "0001_initial")]

    operations = [TrigramExtension(), UnaccentExtension(), migrations.RunSQL(SQL, DROP)]
