"""Addresses of the demo's open inbox; mounted at `/inbox` only if settings.DEMO is true."""

from django.urls import path

from stoppress.desk.views import kept_mail

urlpatterns = [
    path("", kept_mail.open_inbox),
    path("/<str:name>", kept_mail.open_message),
    path("/<str:name>/html", kept_mail.open_html),
]
