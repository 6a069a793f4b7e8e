from django.db import migrations, models

TO_JSON = "ALTER TABLE layers_sensor ALTER COLUMN metadata TYPE jsonb USING to_jsonb(metadata)"
TO_TEXT = "ALTER TABLE layers_sensor ALTER COLUMN metadata TYPE text USING metadata #>> '{}'"


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0015_locations'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_JSON, TO_TEXT)],
            state_operations=[
                migrations.AlterField(
                    model_name='sensor', name='metadata', field=models.JSONField(blank=True, default=str)
                )
            ],
        ),
    ]
