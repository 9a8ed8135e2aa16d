"""Every address, in the order of the design."""

from django.conf import settings
from django.urls import include, path

from stoppress.coverage.views import picture_file
from stoppress.service.views import health

urlpatterns = [
    path("healthz", health),
    path("media/<str:name>", picture_file),
    path("desk/", include("stoppress.desk.urls")),
    path("", include("stoppress.alerts.urls")),
    path("", include("stoppress.edge.urls")),
]

if settings.DEMO:
    urlpatterns.insert(0, path("inbox", include("stoppress.desk.demo_urls")))

handler404 = "stoppress.service.views.not_found"
handler500 = "stoppress.service.views.broken"
