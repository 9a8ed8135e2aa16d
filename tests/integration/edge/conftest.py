"""Fixtures of the tests of the edge."""

from collections.abc import Iterator

import pytest
from django.urls import clear_url_caches, path

from stoppress.coverage.models import LiveBlog
from stoppress.service import urls
from tests.support.echo import RECEIVED_BODIES, echo
from tests.support.web_server import Serving


@pytest.fixture
def echoing(blog: LiveBlog, serving: Serving) -> Iterator[Serving]:
    """Yield a server with the address /alerts/test-echo."""
    urls.urlpatterns.insert(0, path("alerts/test-echo", echo))
    clear_url_caches()
    RECEIVED_BODIES.clear()
    yield serving
    del urls.urlpatterns[0]
    clear_url_caches()
