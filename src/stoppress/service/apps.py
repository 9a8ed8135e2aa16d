"""Django's name for this package."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """The `service` package as a Django app."""

    name = "stoppress.service"
    label = "service"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hand the edge's figures to the desk."""
        from stoppress.desk import readership
        from stoppress.service.figures import readership_of

        readership.ask = readership_of
