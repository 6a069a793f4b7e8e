"""The order in which a reader of Polish looks for names and numbers: Ł after L, 2a before 10."""

from django.contrib.postgres.operations import CreateCollation
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("layers", "0005_words")]

    operations = [CreateCollation("layers_natural", provider="icu", locale="pl-u-kn-true")]
