"""URLs of the sign-up pages and of the links in mail."""

from django.urls import URLPattern, path

from stoppress.signup.views import preferences
from stoppress.signup.views.confirm import confirm_page
from stoppress.signup.views.manage_link import manage_link_page
from stoppress.signup.views.mute import mute_page
from stoppress.signup.views.subscribe import sign_up_embed, sign_up_page
from stoppress.signup.views.unsubscribe import undo_page, unsubscribe_page

app_name = "signup"
urlpatterns: list[URLPattern] = [
    path("alerts", sign_up_page, name="sign-up"),
    path("alerts/embed", sign_up_embed, name="embed"),
    path("alerts/link", manage_link_page, name="manage-link"),
    path("alerts/confirm/<str:token>", confirm_page, name="confirm"),
    path("alerts/manage/<str:token>", preferences.preferences_page, name="manage"),
    path("alerts/manage/<str:token>/sent", preferences.sent_messages_page, name="sent"),
    path("alerts/manage/<str:token>/data.json", preferences.download_data, name="data"),
    path("alerts/manage/<str:token>/erase", preferences.erase_page, name="erase"),
    path("alerts/mute/<str:token>", mute_page, name="mute"),
    path("alerts/unsubscribe/<str:token>", unsubscribe_page, name="unsubscribe"),
    path("alerts/undo/<str:token>", undo_page, name="undo"),
]
