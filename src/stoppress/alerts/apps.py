"""Django app configuration of the `alerts` package."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The `alerts` package as a Django app."""

    name = "stoppress.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
