"""Fixtures of the integration tests: a post, a topic, the home folder of a mailer."""

from pathlib import Path
from typing import Any

import pytest

from stoppress.alerts import actions
from stoppress.coverage.actions import publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.subscribers.models import Topic
from tests.factories.alerts import TEXT
from tests.support.clocks import Clock


@pytest.fixture
def post(blog: LiveBlog, clock: Clock) -> Post:
    """The first post of the live blog, worth an alert."""
    return publish(blog.slug, TEXT, by="ines", now=clock())


@pytest.fixture
def topic(db: None) -> Topic:
    """The topic that every subscriber of breaking news has."""
    return actions.breaking_topic()


@pytest.fixture
def mailer_home(settings: Any, tmp_path: Path) -> None:
    """A home folder of the test's own for a mailer in this process, with its kept mail."""
    settings.HOME = tmp_path
    settings.KEPT_MAIL = tmp_path / "mail"
