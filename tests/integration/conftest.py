"""Fixtures of the integration tests: a post, a topic, the home folder of a mailer."""

from pathlib import Path
from typing import Any

import pytest

from stoppress.alerts import actions
from stoppress.coverage.actions import publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.subscribers.models import Topic
from tests.factories.alerts import POST_CONTENT
from tests.support.clocks import Clock


@pytest.fixture
def post(blog: LiveBlog, clock: Clock) -> Post:
    """Return the first post of the live blog, which an alert is about."""
    return publish(blog.slug, POST_CONTENT, by="ines", now=clock())


@pytest.fixture
def topic(db: None) -> Topic:
    """Return the topic of breaking news."""
    return actions.breaking_topic()


@pytest.fixture
def mailer_home(settings: Any, tmp_path: Path) -> None:
    """Set a home folder of the test for a mailer in this process, with its stored mail."""
    settings.HOME = tmp_path
    settings.KEPT_MAIL = tmp_path / "mail"
