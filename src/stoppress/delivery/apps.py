"""Django app configuration of the `delivery` package."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """The `delivery` package as a Django app."""

    name = "stoppress.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"
