"""Addresses of readers' pages, feeds and streams."""

from django.urls import path

from stoppress.edge.pages.changes_view import changes, stream_unavailable
from stoppress.edge.pages.embed_view import embed
from stoppress.edge.pages.feed_views import feed, structured_data
from stoppress.edge.pages.home_view import home
from stoppress.edge.pages.live_blog_view import lite, live_blog, older_posts, posts_in_order_of_time
from stoppress.edge.pages.logo_view import logo
from stoppress.edge.pages.post_view import post
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES

urlpatterns = [
    # pages
    path("", home),
    path("live/<slug:slug>", live_blog),
    path("live/<slug:slug>/before/<uuid:post_id>", older_posts),
    path("live/<slug:slug>/from-the-start", posts_in_order_of_time),
    path("live/<slug:slug>/after/<uuid:post_id>", posts_in_order_of_time),
    path("live/<slug:slug>/lite", lite),
    path("live/<slug:slug>/posts/<uuid:post_id>", post),
    path("embed/<slug:slug>", embed),
    path("newsroom/logo", logo),
    # for machines
    *[path(f"live/<slug:slug>/feed.{name}", feed, {"feed_format": name}) for name in FEED_MEDIA_TYPES],
    path("live/<slug:slug>/blog.jsonld", structured_data),
    # changes of an open page
    path("live/<slug:slug>/changes/<str:cursor>", changes),
    path("live/<slug:slug>/stream", stream_unavailable),  # only if it cannot be taken over
]
