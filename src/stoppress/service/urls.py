"""Every address, in the order of the design."""

from django.urls import include, path

from stoppress.service.views import health

urlpatterns = [
    path("healthz", health),
    path("desk/", include("stoppress.desk.urls")),
    path("", include("stoppress.alerts.urls")),
    path("", include("stoppress.edge.urls")),
]

handler404 = "stoppress.service.views.not_found"
handler500 = "stoppress.service.views.broken"
