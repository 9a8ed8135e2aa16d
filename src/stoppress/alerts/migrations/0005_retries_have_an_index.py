"""Deliveries to be tried again are found without passing by the million that were never tried yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_domains_of_subscribers")]
    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["lane", "next_at"], condition=models.Q(state="deferred"), name="delivery_to_try_again"
            ),
        ),
    ]
