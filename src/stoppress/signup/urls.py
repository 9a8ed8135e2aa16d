"""Readers' addresses of this package."""

from django.urls import URLPattern, path

from stoppress.signup.views import preferences
from stoppress.signup.views.confirm import confirm
from stoppress.signup.views.mute import mute
from stoppress.signup.views.subscribe import embed, sign_up
from stoppress.signup.views.unsubscribe import undo, unsubscribe

app_name = "alerts"
urlpatterns: list[URLPattern] = [
    path("alerts", sign_up, name="sign-up"),
    path("alerts/embed", embed, name="embed"),
    path("alerts/confirm/<str:token>", confirm, name="confirm"),
    path("alerts/manage/<str:token>", preferences.manage, name="manage"),
    path("alerts/manage/<str:token>/sent", preferences.sent_to, name="sent"),
    path("alerts/manage/<str:token>/data.json", preferences.data, name="data"),
    path("alerts/manage/<str:token>/erase", preferences.erase, name="erase"),
    path("alerts/mute/<str:token>", mute, name="mute"),
    path("alerts/unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
    path("alerts/undo/<str:token>", undo, name="undo"),
]
