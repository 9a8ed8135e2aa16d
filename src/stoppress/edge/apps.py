"""The Django app of the `edge` package."""

from django.apps import AppConfig


class EdgeConfig(AppConfig):
    """Configuration of the app `edge`."""

    name = "stoppress.edge"
    label = "edge"
    default_auto_field = "django.db.models.BigAutoField"
