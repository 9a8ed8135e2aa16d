"""Configuration of the Django app `desk`."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Django app of the package `desk`."""

    name = "stoppress.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
