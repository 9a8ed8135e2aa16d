"""Django app configuration of the `runtime` package."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """The `runtime` package as a Django app."""

    name = "stoppress.runtime"
    label = "runtime"
    default_auto_field = "django.db.models.BigAutoField"
