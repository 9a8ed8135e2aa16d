"""Django app configuration of the `subscribers` package."""

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    """The `subscribers` package as a Django app."""

    name = "stoppress.subscribers"
    label = "subscribers"
    default_auto_field = "django.db.models.BigAutoField"
