"""The one topic that every newsroom has."""

from django.db import migrations


def make_topic(apps, schema_editor):
    apps.get_model("alerts", "Topic").objects.get_or_create(
        slug="breaking",
        defaults={
            "name": "Breaking news",
            "description": "A short message the moment something important happens. Never more than the news asks for.",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_topics_alerts_and_their_ledger")]
    operations = [migrations.RunPython(make_topic, migrations.RunPython.noop)]
