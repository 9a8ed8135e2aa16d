"""Readers' addresses."""

from django.urls import path

from stoppress.edge.pages.changes_view import changes, no_stream
from stoppress.edge.pages.embed_view import embed
from stoppress.edge.pages.feed_views import feed, structured
from stoppress.edge.pages.home_view import index
from stoppress.edge.pages.live_blog_view import live, older
from stoppress.edge.pages.logo_view import logo
from stoppress.edge.pages.post_view import post
from stoppress.syndication.feeds.feed_content import FEEDS

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
