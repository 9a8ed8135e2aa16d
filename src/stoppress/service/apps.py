"""Django app configuration of the `service` package."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ServiceConfig(AppConfig):
    """The `service` package as a Django app."""

    name = "stoppress.service"
    label = "service"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the desk access to the edge's figures and to current alarms; limit waits for locks."""
        from stoppress.desk.screens import alarms, readership
        from stoppress.service.database.lock_wait import limit_lock_wait
        from stoppress.service.monitoring.current_alarms import alarm_texts
        from stoppress.service.monitoring.process_figures import read_readership

        connection_created.connect(limit_lock_wait)
        readership.find_readership = read_readership
        alarms.find_alarms = alarm_texts
