"""Django's name for this package."""

from django.apps import AppConfig


class EdgeConfig(AppConfig):
    """The `edge` package as a Django app."""

    name = "stoppress.edge"
    label = "edge"
    default_auto_field = "django.db.models.BigAutoField"
