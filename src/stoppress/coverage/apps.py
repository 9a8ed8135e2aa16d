"""Django app configuration of the `coverage` package."""

from django.apps import AppConfig


class CoverageConfig(AppConfig):
    """The `coverage` package as a Django app."""

    name = "stoppress.coverage"
    label = "coverage"
    default_auto_field = "django.db.models.BigAutoField"
