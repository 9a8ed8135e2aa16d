"""An installation as an operator runs it: a home folder, scripts and mailer processes."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

SET_UP_SCRIPT = """
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
ADD_READERS_SCRIPT = """
open_blog(slug="storm", headline="Storm", standfirst="", zone="UTC", by="ines", now=now)
topic = actions.breaking_topic()
readers = [Subscriber(email=f"r{n}@example.com", key=f"r{n}@example.com", requested_at=now, confirmed_at=now)
    for n in range(NUMBER)]
Subscriber.objects.bulk_create(readers)
Subscription.objects.bulk_create(
    Subscription(topic=topic, subscriber=one, requested_at=now, confirmed_at=now) for one in Subscriber.objects.all())
"""
SEND_ALERT_SCRIPT = """
post = publish("storm", Content(headline="Sea wall fails"), by="ines", now=now)
request = actions.SendRequest("storm", post.pk, subject="Sea wall fails", summary="It failed.")
alert = actions.send_alert(request, by="ines", now=now)
print(alert.pk.hex)
"""


class MailerInstallation:
    """One home folder. Leaving the block kills the mailers that were started in it."""

    def __init__(self, home: Path, database_url: str = ""):
        self.home, self.database = home, home / "stoppress.sqlite3"
        home.mkdir(parents=True, exist_ok=True)
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))
        }
        self.environment = inherited | {
            "STOPPRESS_HOME": str(home),
            "STOPPRESS_CONFIG": os.devnull,
            "STOPPRESS_SECRET_KEY": "the signing key of the tests, as long as a real one",
            "DATABASE_URL": database_url,
        }
        self._mailers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for mailer in self._mailers:
            mailer.kill()
            mailer.wait()

    def run_script(self, script: str) -> str:
        """Run a script and return its output."""
        command = [sys.executable, "-c", SET_UP_SCRIPT + script]
        completed = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert completed.returncode == 0, completed.stderr[-3000:]
        return completed.stdout.strip()

    def add_readers(self, number: int) -> None:
        """Add a live blog and `number` subscribers of breaking news."""
        self.run_script(ADD_READERS_SCRIPT.replace("NUMBER", str(number)))

    def send(self) -> str:
        """Send an alert and return its id."""
        return self.run_script(SEND_ALERT_SCRIPT)

    def start_mailer(self, relay, connections: int = 4):
        """Start a mailer that sends through this relay."""
        url = f"smtp://127.0.0.1:{relay.port}?connections={connections}"
        command = [sys.executable, "-m", "stoppress", "serve", "--child", "--roles", "mailer"]
        with (self.home / "mailer.log").open("ab") as log:
            mailer = subprocess.Popen(
                command, env=self.environment | {"STOPPRESS_SMTP_URL": url}, stdin=subprocess.DEVNULL, stderr=log
            )
        self._mailers.append(mailer)
        return mailer

    def stop_mailer(self, mailer, signal_number=signal.SIGTERM):
        """Stop a mailer, wait, and return its exit code."""
        mailer.send_signal(signal_number)
        return mailer.wait(60)

    def read_log(self) -> str:
        """Return the log of all mailers."""
        return (self.home / "mailer.log").read_text()

    def count_by_state(self) -> Counter:
        """Return the number of deliveries in each state; SQLite only."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as connection:
            return Counter(dict(connection.execute("SELECT state, COUNT(*) FROM delivery_delivery GROUP BY state")))

    def snapshot(self, path: Path) -> None:
        """Copy the database as it is now, while other processes may write to it."""
        with closing(sqlite3.connect(self.database, timeout=20)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)

    def restore(self, path: Path) -> None:
        """Restore such a copy as the database."""
        for suffix in ("-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        self.database.write_bytes(path.read_bytes())
