"""Django's name for this package."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """The `service` package as a Django app."""

    name = "stoppress.service"
    label = "service"
    default_auto_field = "django.db.models.BigAutoField"
