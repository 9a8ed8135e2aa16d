"""Django app configuration of the `importing` package."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """The `importing` package as a Django app."""

    name = "stoppress.importing"
    label = "importing"
    default_auto_field = "django.db.models.BigAutoField"
