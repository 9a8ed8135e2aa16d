"""What all tests share: a home of their own, a clock, a live blog, a browser.

The home must be chosen before Django reads its settings, hence at import.
"""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="stoppress-tests-"))
os.environ.update(
    STOPPRESS_HOME=str(HOME),
    STOPPRESS_PUBLIC_URL="http://news.test",
    STOPPRESS_NAME="The Halden Courier",
    STOPPRESS_MAIL_FROM="The Halden Courier <alerts@halden.test>",
    STOPPRESS_LIST_DOMAIN="halden.test",
    STOPPRESS_POSTAL_ADDRESS="1 Quay Street, Port Halden",
    STOPPRESS_CORRECTIONS_CONTACT="corrections@halden.test",
    DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright's own loop runs in the thread that also asks the database
)

import pytest  # noqa: E402  # after the home is chosen
from playwright.sync_api import Browser  # noqa: E402

from stoppress.coverage.models import LiveBlog  # noqa: E402
from tests import needs  # noqa: E402
from tests.serving import Serving  # noqa: E402


class Clock:
    """A clock that only moves when told to; call it for the time."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, seconds: float = 60) -> datetime:
        """Let time pass and say what it is now."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def blog(db: None, clock: Clock) -> LiveBlog:
    """A live blog with no post yet."""
    from stoppress.coverage.actions import open_blog

    return open_blog(
        slug="storm-maren",
        headline="Sea wall at Port Halden gives way as Storm Maren floods the old harbour",
        standfirst="Two thousand people have been told to leave the lower town.\n\nFerries are not running.",
        zone="Europe/London",
        by="ines",
        now=clock(),
    )


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Brakes and pages of one test do not slow or feed the next."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The test database is a real file, so that threads and the web process see what a test writes."""
    from django.conf import settings

    if not os.environ.get("DATABASE_URL"):
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(HOME / "tests.sqlite3")


@pytest.fixture
def serving(transactional_db: None) -> Iterator[Serving]:
    """The web process on a real port, with the test's own database: `serving.url`."""
    running = Serving().start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=needs.chromium(),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """axe-core's own script, to be injected with `page.evaluate`; then `axe.run()`."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
