"""The full-text index, in the form of the database (coverage/search.py)."""

from django.db import migrations

from stoppress.coverage.search import CREATE


def create_index(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE coverage_search")


class Migration(migrations.Migration):
    dependencies = [("coverage", "0001_initial")]
    operations = [migrations.RunPython(create_index, drop_index)]
