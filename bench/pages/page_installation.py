"""Temporary installation for measurements of pages: a home folder, live blogs, a server."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bench.processes import CHECKOUT

TEXT = (
    "The sea came over the wall at Port Halden shortly before eight, harbour staff say, and filled the fish market. "
    "Two thousand people have been told to leave the lower town; buses go from the station and the old school. "
    "“We have never seen it this high”, says the harbour master, who has kept the tide book for thirty-one years. "
    "The county expects the water to stand until the morning tide and asks everybody to keep away from the quay. "
    "Ferries to the islands are cancelled until further notice, the company writes; tickets stay valid for a month."
)
WORDS = TEXT.split()
NAMES = ("Ines Okafor", "Tom Hale", "Maya Lindqvist")


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """Yield a new home folder with its database for this process and its children; remove it afterwards."""
    from stoppress.service.django_setup import migrate, set_up

    for name in [name for name in os.environ if name.startswith("STOPPRESS_") or name == "DATABASE_URL"]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="stoppress-bench-"))
    os.environ["STOPPRESS_HOME"], os.environ["STOPPRESS_CONFIG"] = str(home), os.devnull
    os.environ["STOPPRESS_MAX_STREAMS_PER_CLIENT"] = "0"  # all readers come from one address
    try:
        set_up()
        migrate()
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def write_blog(slug: str, posts: int) -> None:
    """Write a live blog with realistic posts: bylines, headlines, two or three paragraphs, some key events."""
    from django.db import transaction

    from stoppress.coverage.actions import open_blog

    now = datetime.now(UTC) - timedelta(minutes=posts)
    headline, standfirst = "Storm Maren floods the old harbour", _paragraph(Random(slug))
    with transaction.atomic():
        open_blog(slug=slug, headline=headline, standfirst=standfirst, zone="Europe/London", by="bench", now=now)
        for number in range(posts):
            write_post(slug, number, now + timedelta(minutes=number))


def write_post(slug: str, number: int, now: datetime) -> None:
    """Write one post; every tenth is a key event."""
    from stoppress.coverage.actions import publish
    from stoppress.coverage.post_content import Content

    text = "".join(f"<p>{_paragraph(Random(f'{number} {line}'))}</p>" for line in range(2 + number % 2))
    headline = f"Storm Maren: line {number} of the night" if number % 3 else ""
    content = Content(headline=headline, body=text, bylines=(NAMES[number % 3],))
    publish(slug, content, by="bench", now=now, labels=("key-event",) if number % 10 == 0 else ())


def _paragraph(chance: Random) -> str:
    """Return forty shuffled words and some numbers, which compress like text and not like copies."""
    return " ".join(chance.choice(WORDS) if chance.random() < 0.8 else str(chance.randrange(9999)) for _ in range(40))


def is_reachable(address: str) -> bool:
    """Return True if the address answers 200."""
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@contextlib.contextmanager
def run_process(command: list[str], address: str, core: int | None = None) -> Iterator[int]:
    """Yield the process id of a server once it answers at `address`; optionally pinned to one core."""
    pinned = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    running = subprocess.Popen([*pinned, *command], cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while not is_reachable(address):
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} does not answer at {address}")
            time.sleep(0.05)
        yield running.pid
    finally:
        running.terminate()
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()


def web_process(port: int, core: int | None = None) -> contextlib.AbstractContextManager[int]:
    """Run the web process without access log, as behind a proxy that writes one."""
    script = f"from bench.pages.page_installation import serve; serve({port})"
    return run_process([sys.executable, "-c", script], f"http://127.0.0.1:{port}/healthz", core)


def serve(port: int) -> None:
    """Serve pages of fifty posts in the child process."""
    from stoppress.service.django_setup import set_up

    set_up()
    from stoppress.edge.render import pagination
    from stoppress.service.processes.server import create_web_server, run_web_server

    pagination.POSTS_PER_PAGE = 50
    run_web_server(create_web_server("127.0.0.1", port, [], access_log=False))


def choose_cores() -> tuple[int | None, int | None]:
    """Return one core for the server and one for its client; None with fewer than two."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)
