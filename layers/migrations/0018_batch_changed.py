"""Batches record which datastreams they changed before the end; those stored before have not (NULL)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0017_decisions'),
    ]

    operations = [
        migrations.AddField(model_name='batch', name='changed', field=models.JSONField(null=True)),
        migrations.AlterField(
            model_name='batch', name='changed', field=models.JSONField(default=dict, null=True)
        ),
    ]
