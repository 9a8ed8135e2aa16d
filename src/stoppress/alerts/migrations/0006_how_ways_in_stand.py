"""Whether the mailbox can be read and the listener listens, as the processes there say."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_retries_have_an_index")]
    operations = [
        migrations.CreateModel(
            name="Receiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("way", models.CharField(help_text="mailbox or listener", max_length=10)),
                ("host", models.CharField(max_length=255)),
                ("tried_at", models.DateTimeField()),
                ("well_at", models.DateTimeField(blank=True, help_text="When it last worked", null=True)),
                (
                    "fault",
                    models.CharField(blank=True, help_text="What is wrong; empty while it works", max_length=200),
                ),
                ("since", models.DateTimeField(help_text="For how long that has been so")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("way", "host"), name="one_receiver_per_way_and_host")
                ]
            },
        ),
    ]
