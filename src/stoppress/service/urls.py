"""Addresses of all packages."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from stoppress.coverage.pictures.views import picture_file
from stoppress.desk.api.router import api
from stoppress.service.monitoring.metrics_view import metrics
from stoppress.service.views import health_view, mail_health_view

urlpatterns = [
    path("healthz", health_view),
    path("healthz/mail", mail_health_view),
    path("metrics", metrics),
    path("favicon.ico", RedirectView.as_view(url="/static/coverage/icon.svg", permanent=True)),
    path("media/<str:name>", picture_file),
    path("desk/", include("stoppress.desk.account_urls")),
    path("desk/", include("stoppress.desk.urls")),
    path("api/v1/", api.urls),
    path("", include("stoppress.signup.urls")),
    path("", include("stoppress.inbound.urls")),
    path("", include("stoppress.edge.urls")),
]

if settings.DEMO:
    urlpatterns.insert(0, path("inbox", include("stoppress.desk.demo_urls")))

handler404 = "stoppress.service.views.not_found_view"
handler500 = "stoppress.service.views.server_error_view"
