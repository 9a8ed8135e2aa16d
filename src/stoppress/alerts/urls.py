"""Readers' addresses of this package."""

from django.urls import URLPattern, path

from stoppress.alerts.views.confirm import confirm
from stoppress.alerts.views.manage import manage
from stoppress.alerts.views.sign_up import sign_up
from stoppress.alerts.views.unsubscribe import unsubscribe

app_name = "alerts"
urlpatterns: list[URLPattern] = [
    path("alerts", sign_up, name="sign-up"),
    path("alerts/confirm/<str:token>", confirm, name="confirm"),
    path("alerts/manage/<str:token>", manage, name="manage"),
    path("alerts/unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
]
