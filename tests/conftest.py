"""Fixtures of all tests: a clock, a live blog, the web process, a browser.

tests/support/temporary_home.py chooses the home folder before Django reads its settings.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from django.db import connection
from playwright.sync_api import Browser

from stoppress.coverage.models import LiveBlog
from tests.support import system_packages
from tests.support.clocks import Clock as Clock
from tests.support.clocks import Seconds as Seconds
from tests.support.sse_listener import StreamListener
from tests.support.temporary_home import HOME
from tests.support.web_server import Serving

# A busy machine is not a fault; and what runs in continuous integration should fail for its change, not by chance.
hypothesis.settings.register_profile("stoppress", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("stoppress")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def blog(db: None, clock: Clock) -> LiveBlog:
    """Return a live blog without posts."""
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
    """Clear caches, so that rate limits and pages of one test do not affect the next."""
    from django.core.cache import cache

    from stoppress.runtime.storage_faults import recent_fault
    from stoppress.service.monitoring.write_probe import write_probe

    cache.clear()
    yield
    cache.clear()
    recent_fault.forget()
    write_probe.invalidate()


@pytest.fixture(autouse=True)
def long_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the rate limits of sign-up in one window during a test, whatever the time of day."""
    from stoppress.signup.actions import subscribe

    for name, brake in list(vars(subscribe).items()):
        if isinstance(brake, subscribe.RateLimit):
            monkeypatch.setattr(subscribe, name, replace(brake, seconds=10**9))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Use a real file as the test database, so that threads and the web process see what a test writes."""
    from django.conf import settings

    if not os.environ.get("DATABASE_URL"):
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(HOME / "tests.sqlite3")


@pytest.fixture
def serving(transactional_db: None) -> Iterator[Serving]:
    """Yield the web process on a real port, with the test database: `serving.url`."""
    running = Serving().start()
    yield running
    running.stop()


@pytest.fixture
def listen(blog: LiveBlog, serving: Serving) -> Iterator[Callable[..., StreamListener]]:
    """Yield a function that opens streams of the live blog: `listen("?after=…", **headers)`."""
    opened: list[StreamListener] = []

    def open_one(query: str = "", **headers: str) -> StreamListener:
        opened.append(StreamListener(serving, query, **headers))
        return opened[-1]

    yield open_one
    for listener in opened:
        listener.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield the system's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=system_packages.chromium(),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """Return axe-core's script, to inject with `page.evaluate` before `axe.run()`."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run browser tests last, because their event loop stays in the thread in which others run their own.

    Tests marked `postgresql` run only on that database, by test_postgresql.py.
    """
    if connection.vendor != "postgresql":
        elsewhere = [item for item in items if item.get_closest_marker("postgresql")]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@pytest.fixture
def django_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of the paths that Django handles, in order."""
    from django.core.handlers.base import BaseHandler

    paths: list[str] = []
    original = BaseHandler.get_response

    def record(self, request):  # type: ignore[no-untyped-def]
        paths.append(request.path)
        return original(self, request)

    monkeypatch.setattr(BaseHandler, "get_response", record)
    return paths
