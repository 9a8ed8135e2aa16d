"""Django app configuration of the `syndication` package."""

from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    """The `syndication` package as a Django app."""

    name = "stoppress.syndication"
    label = "syndication"
    default_auto_field = "django.db.models.BigAutoField"
