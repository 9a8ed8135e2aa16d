from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_topics_retire")]

    operations = [
        migrations.RemoveConstraint(model_name="delivery", name="one_delivery_per_subscriber_and_alert"),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("alert", "subscriber"), name="one_delivery_per_alert_and_subscriber"
            ),
        ),
    ]
