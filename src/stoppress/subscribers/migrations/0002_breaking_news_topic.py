"""The one topic that every newsroom has."""

from django.db import migrations


def create_topic(apps, schema_editor):
    apps.get_model("subscribers", "Topic").objects.get_or_create(
        slug="breaking",
        defaults={
            "name": "Breaking news",
            "description": "A short message the moment something important happens. Never more than the news asks for.",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0001_initial")]
    operations = [migrations.RunPython(create_topic, migrations.RunPython.noop)]
