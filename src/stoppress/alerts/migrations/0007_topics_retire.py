from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_how_ways_in_stand")]

    operations = [
        migrations.AddField(
            model_name="topic",
            name="retired_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Since then nobody can sign up for it, and nothing new is sent to its readers",
                null=True,
            ),
        ),
    ]
