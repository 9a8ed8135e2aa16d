"""The open inbox of the demo: `path("inbox", include("stoppress.desk.demo_urls"))`, only if settings.DEMO is true."""

from django.urls import path

from stoppress.desk.views import inbox

urlpatterns = [
    path("", inbox.open_inbox),
    path("/<str:name>", inbox.open_message),
    path("/<str:name>/html", inbox.open_html),
]
