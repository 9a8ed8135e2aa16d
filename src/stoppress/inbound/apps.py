"""Django app configuration of the `inbound` package."""

from django.apps import AppConfig


class InboundConfig(AppConfig):
    """The `inbound` package as a Django app."""

    name = "stoppress.inbound"
    label = "inbound"
    default_auto_field = "django.db.models.BigAutoField"
