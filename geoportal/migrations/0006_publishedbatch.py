from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('geoportal', '0005_tokens_of_devices'),
    ]

    operations = [
        migrations.CreateModel(
            name='PublishedBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stored_seq', models.BigIntegerField()),
            ],
        ),
    ]
