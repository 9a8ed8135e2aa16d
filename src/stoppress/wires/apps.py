"""Django's name for this package."""

from django.apps import AppConfig


class WiresConfig(AppConfig):
    """The `wires` package as a Django app."""

    name = "stoppress.wires"
    label = "wires"
    default_auto_field = "django.db.models.BigAutoField"
