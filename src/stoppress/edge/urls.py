"""Readers' addresses."""

from django.urls import path

from stoppress.edge.changes import changes, no_stream
from stoppress.edge.views.embed import embed
from stoppress.edge.views.feeds import feed, structured
from stoppress.edge.views.index import index
from stoppress.edge.views.live import live, older
from stoppress.edge.views.logo import logo
from stoppress.edge.views.post import post
from stoppress.wires.feeds.feed import FEEDS

urlpatterns = [
    # pages
    path("", index),
    path("live/<slug:slug>", live),
    path("live/<slug:slug>/before/<uuid:post_id>", older),
    path("live/<slug:slug>/posts/<uuid:post_id>", post),
    path("embed/<slug:slug>", embed),
    path("newsroom/logo", logo),
    # for machines
    *[path(f"live/<slug:slug>/feed.{form}", feed, {"form": form}) for form in FEEDS],
    path("live/<slug:slug>/blog.jsonld", structured),
    # what keeps an open page up to date
    path("live/<slug:slug>/changes/<str:cursor>", changes),
    path("live/<slug:slug>/stream", no_stream),  # taken over by stream.py before it gets here
]
