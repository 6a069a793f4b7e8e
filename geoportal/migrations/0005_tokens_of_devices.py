import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('geoportal', '0004_words_of_administration'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='broker_hash',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='datastreams',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, null=True, size=None, verbose_name='datastreams'),
        ),
    ]
