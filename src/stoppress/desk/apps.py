"""Configuration of the Django app `desk`."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Django app of the package `desk`."""

    name = "stoppress.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Record log-ins and log-outs."""
        from stoppress.desk.access import log_in_signals

        log_in_signals.connect()
