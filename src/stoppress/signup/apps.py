"""Django app configuration of the `signup` package."""

from django.apps import AppConfig


class SignupConfig(AppConfig):
    """The `signup` package as a Django app."""

    name = "stoppress.signup"
    label = "signup"
    default_auto_field = "django.db.models.BigAutoField"
