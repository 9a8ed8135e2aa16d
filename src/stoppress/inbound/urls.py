"""URLs of the webhooks of mail services."""

from django.urls import URLPattern, path

from stoppress.inbound.webhooks import views

urlpatterns: list[URLPattern] = [
    path("hooks/ses", views.amazon_ses),
    path("hooks/<slug:name>", views.mail_service),
]
