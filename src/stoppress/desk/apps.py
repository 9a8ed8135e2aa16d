"""Django's name for this package."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The `desk` package as a Django app."""

    name = "stoppress.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
