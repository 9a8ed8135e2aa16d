"""Readers' addresses of this package."""

from django.urls import URLPattern, path

from stoppress.alerts.views import hooks, manage
from stoppress.alerts.views.confirm import confirm
from stoppress.alerts.views.mute import mute
from stoppress.alerts.views.sign_up import embed, sign_up
from stoppress.alerts.views.unsubscribe import undo, unsubscribe

app_name = "alerts"
urlpatterns: list[URLPattern] = [
    path("alerts", sign_up, name="sign-up"),
    path("alerts/embed", embed, name="embed"),
    path("alerts/confirm/<str:token>", confirm, name="confirm"),
    path("alerts/manage/<str:token>", manage.manage, name="manage"),
    path("alerts/manage/<str:token>/sent", manage.sent_to, name="sent"),
    path("alerts/manage/<str:token>/data.json", manage.data, name="data"),
    path("alerts/manage/<str:token>/erase", manage.erase, name="erase"),
    path("alerts/mute/<str:token>", mute, name="mute"),
    path("alerts/unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
    path("alerts/undo/<str:token>", undo, name="undo"),
    path("hooks/ses", hooks.amazon),
    path("hooks/<slug:name>", hooks.mail_service),
]
