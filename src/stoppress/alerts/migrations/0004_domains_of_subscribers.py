"""Addresses that are there already get their domain."""

from django.db import migrations


def fill(apps, schema_editor):
    found = apps.get_model("alerts", "Subscriber").objects
    batch = []
    for subscriber in found.filter(domain="").iterator(chunk_size=2000):
        subscriber.domain = subscriber.email.rpartition("@")[2].lower()
        batch.append(subscriber)
        if len(batch) == 2000:
            found.bulk_update(batch, ["domain"])
            batch = []
    found.bulk_update(batch, ["domain"])


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_for_alerts_that_can_be_trusted")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
