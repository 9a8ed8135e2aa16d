"""Temporary installation for measurements of alerts: a database, subscribers, a post, mailer processes."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.processes import children

SLUG = "bench"
SUMMARY = (
    "The sea came over the wall at Port Halden shortly before eight and filled the fish market, harbour staff say. "
    "Two thousand people have been told to leave the lower town; buses go from the station and the old school."
)
SUBSCRIBERS = """
INSERT INTO subscribers_subscriber (email, domain, key, secret, language, zone, requested_at, confirmed_at)
SELECT 'reader' || n || '@town' || (n %% 97) || '.example', 'town' || (n %% 97) || '.example',
    'reader' || n || '@town' || (n %% 97) || '.example', substr('0123456789abcdef' || n, 1, 16), '', '', %s, %s
FROM numbers
"""
#: In the order in which readers come: signing up and importing write a reader and what they want together.
SUBSCRIPTIONS = """
INSERT INTO subscribers_subscription (topic_id, subscriber_id, frequency, requested_at, confirmed_at, generation)
SELECT %s, id, %s, %s, %s, 0 FROM subscribers_subscriber
WHERE NOT EXISTS (SELECT 1 FROM subscribers_subscription w WHERE w.subscriber_id = subscribers_subscriber.id)
ORDER BY id
"""


@contextlib.contextmanager
def temporary_installation(database_url: str = "") -> Iterator[Path]:
    """Yield a new home folder with its database for this process and its children; remove it afterwards."""
    for name in [name for name in os.environ if name.startswith("STOPPRESS_") or name == "DATABASE_URL"]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="stoppress-bench-"))
    os.environ |= {"STOPPRESS_HOME": str(home), "STOPPRESS_CONFIG": os.devnull, "DATABASE_URL": database_url}
    os.environ["STOPPRESS_PUBLIC_URL"] = "https://news.example"
    try:
        from stoppress.service.django_setup import migrate, set_up

        set_up()
        migrate()
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def add_subscribers(number: int, frequency: str = "instant") -> None:
    """Add confirmed subscribers of breaking news by SQL, because there may be a million."""
    from django.db import connection, transaction

    from stoppress.subscribers.models import Subscriber
    from stoppress.subscribers.topics import breaking_topic

    now, first = datetime.now(UTC), Subscriber.objects.count() + 1
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM numbers WHERE n < %s) "
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            numbers = "WITH numbers(n) AS (SELECT generate_series(%s::int, %s::int)) "
        insert, select = SUBSCRIBERS.split("SELECT", 1)
        sqlite = connection.vendor == "sqlite"
        moment = now.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else now
        statement = f"{numbers}{insert} SELECT {select}" if sqlite else f"{insert} {numbers} SELECT {select}"
        cursor.execute(statement, [first, first + number - 1, moment, moment])
        cursor.execute(SUBSCRIPTIONS, [breaking_topic().pk, frequency, moment, moment])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def open_blog() -> None:
    """Open the live blog of the measurement."""
    from stoppress.coverage.actions import open_blog as opened

    opened(slug=SLUG, headline="Storm Maren", standfirst="", zone="UTC", by="bench", now=datetime.now(UTC))


def publish() -> Any:
    """Publish a post to send an alert about."""
    from stoppress.coverage.actions import publish as published
    from stoppress.coverage.post_content import Content

    content = Content(headline="Sea wall at Port Halden fails", body=f"<p>{SUMMARY}</p>")
    return published(SLUG, content, by="bench", now=datetime.now(UTC))


def send(post: Any) -> Any:
    """Send an alert and return it."""
    from stoppress.alerts import actions

    request = actions.SendRequest(SLUG, post.pk, subject="Sea wall at Port Halden fails", summary=SUMMARY)
    return actions.send_alert(request, by="bench", now=datetime.now(UTC))


def send_digest(recipients: int) -> Any:
    """Create a digest for all subscribers with morning mail."""
    from stoppress.delivery.models import Alert
    from stoppress.subscribers.models import Subscription
    from stoppress.subscribers.topics import breaking_topic

    now = datetime.now(UTC)
    facts = {"urgency": "digest", "frequency": "morning", "subject": "This morning", "headline": "This morning"}
    newest = Subscription.objects.latest("pk").pk
    return Alert.objects.create(
        topic=breaking_topic(), by="bench", created_at=now, not_after=now + timedelta(hours=8), last_source_id=newest,
        intended=recipients, **facts,
    )  # fmt: skip


def message_size() -> int:
    """Return the size in bytes of one subscriber's message."""
    from stoppress.delivery.message.alert_content import build_alert_content
    from stoppress.delivery.message.build_message import Recipient, compile_alert, fill_alert
    from stoppress.delivery.models import Alert

    alert = Alert.objects.select_related("topic", "blog", "post").latest("created_at")
    reader = Recipient(100_000, "reader100000@town90.example", "0123456789abcdef", alert.topic_id)
    return len(fill_alert(compile_alert(build_alert_content(alert), alert.pk, alert.created_at), alert.pk, reader))


class MailerProcess:
    """A process `stoppress serve --roles mailer`, started as the web process starts it."""

    def __init__(self, home: Path, smtp_url: str, log: str = "mailer.log") -> None:
        environment = os.environ | {"STOPPRESS_HOME": str(home), "STOPPRESS_SMTP_URL": smtp_url}
        command = [sys.executable, "-m", "stoppress", "serve", "--roles", "mailer"]
        self.log = home / log
        with self.log.open("ab") as log_file:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=log_file, stderr=log_file
            )
        self.pid = self._process.pid

    def notify(self) -> None:
        """Notify the mailer of new mail."""
        if self._process.stdin:
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    def check(self) -> None:
        """Raise RuntimeError if the process has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"the mailer has ended: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """Send SIGKILL and wait."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._close_pipe()

    def stop(self) -> int:
        """Stop the process and return its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        code = self._process.wait(60)
        self._close_pipe()
        return code

    def _close_pipe(self) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()

    @property
    def memory(self) -> float:
        """Return the peak memory in MiB (VmHWM), plus what the ledger process holds beyond shared memory."""
        own = _kib(Path(f"/proc/{self.pid}/status"), "VmHWM")
        return (own + sum(_private(pid) for pid in children(self.pid))) / 1024


@contextlib.contextmanager
def run_mailers(home: Path, smtp_url: str, number: int = 1) -> Iterator[Sequence[MailerProcess]]:
    """Yield mailer processes that are ready; further ones have home folders of their own."""
    homes = [home, *(home / f"host-{n}" for n in range(1, number))]
    started = [MailerProcess(one, smtp_url) for one in map(_made, homes)]
    try:
        time.sleep(3)
        for mailer in started:
            mailer.check()
        yield started
    finally:
        for mailer in started:
            mailer.stop()


def _private(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    return _kib(rollup, "Private_Clean") + _kib(rollup, "Private_Dirty")


def _kib(file: Path, name: str) -> int:
    found = (line.split()[1] for line in file.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(next(found, "0"))


def _made(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    return home
