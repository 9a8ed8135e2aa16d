"""An installation of its own, run as its operator would: a home folder, scripts inside it, mailer processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

SET_UP = """
from stoppress.service.django_setup import migrate, set_up
set_up(); migrate()
from datetime import UTC, datetime
from stoppress.alerts import actions
from stoppress.alerts.models import *
from stoppress.delivery.models import *
from stoppress.subscribers.models import *
from stoppress.inbound.models import *
from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.post_content import Content
now = datetime.now(UTC)
"""
READERS = """
open_blog(slug="storm", headline="Storm", standfirst="", zone="UTC", by="ines", now=now)
topic = actions.breaking_topic()
readers = [Subscriber(email=f"r{n}@example.com", key=f"r{n}@example.com", asked_at=now, confirmed_at=now)
    for n in range(NUMBER)]
Subscriber.objects.bulk_create(readers)
Subscription.objects.bulk_create(
    Subscription(topic=topic, subscriber=one, asked_at=now, confirmed_at=now) for one in Subscriber.objects.all())
"""
SEND = """
post = publish("storm", Content(headline="Sea wall fails"), by="ines", now=now)
request = actions.SendRequest("storm", post.pk, subject="Sea wall fails", summary="It failed.")
alert = actions.send_alert(request, by="ines", now=now)
print(alert.pk.hex)
"""


class Installation:
    """One home folder. Leaving the block kills what was started in it."""

    def __init__(self, home: Path, database_url: str = ""):
        self.home, self.database = home, home / "stoppress.sqlite3"
        home.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))}
        self.environment = kept | {
            "STOPPRESS_HOME": str(home),
            "STOPPRESS_CONFIG": os.devnull,
            "STOPPRESS_SECRET_KEY": "of the tests",
            "DATABASE_URL": database_url,
        }
        self._mailers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for mailer in self._mailers:
            mailer.kill()
            mailer.wait()

    def python(self, script: str) -> str:
        """Run a script in it; what it prints."""
        command = [sys.executable, "-c", SET_UP + script]
        ran = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr[-3000:]
        return ran.stdout.strip()

    def add_readers(self, number: int) -> None:
        """So many who are signed up for breaking news, and a live blog."""
        self.python(READERS.replace("NUMBER", str(number)))

    def send(self) -> str:
        """Send an alert; its id."""
        return self.python(SEND)

    def mailer(self, relay, connections: int = 4):
        """Start a mailer that talks to this relay."""
        url = f"smtp://127.0.0.1:{relay.port}?connections={connections}"
        command = [sys.executable, "-m", "stoppress", "serve", "--roles", "mailer"]
        with (self.home / "mailer.log").open("ab") as log:
            started = subprocess.Popen(
                command, env=self.environment | {"STOPPRESS_SMTP_URL": url}, stdin=subprocess.DEVNULL, stderr=log
            )
        self._mailers.append(started)
        return started

    def stop(self, mailer, how=signal.SIGTERM):
        """End one and wait."""
        mailer.send_signal(how)
        return mailer.wait(60)

    def log(self) -> str:
        """What mailers have logged."""
        return (self.home / "mailer.log").read_text()

    def ledger(self) -> Counter:
        """Deliveries by state; SQLite only."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as connection:
            return Counter(dict(connection.execute("SELECT state, COUNT(*) FROM delivery_delivery GROUP BY state")))

    def snapshot(self, path: Path) -> None:
        """Copy the database as it is at this moment, whoever writes to it."""
        with closing(sqlite3.connect(self.database, timeout=20)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)

    def put_back(self, path: Path) -> None:
        """Restore such a copy."""
        for suffix in ("-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        self.database.write_bytes(path.read_bytes())
