"""`python -m bench kills`: kill the mailer, the database or the relay repeatedly during a send.

At the end the ledger is compared with the sink: only uncertain or waiting recipients may lack the message, only
uncertain ones may have it twice, and no more are uncertain than were in flight at a kill.
"""

import json
import random
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.servers.postgresql import Cluster, cluster
from bench.servers.recording_smtp_sink import RecordingSink

HELP = "kill the mailer, PostgreSQL or the relay during a send, and hold the ledger against the sink"
WINDOW = 25


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--kills", type=int, default=200, help="default: %(default)s")
    command.add_argument("--recipients", type=int, default=20_000, help="default: %(default)s")
    command.add_argument("--connections", type=int, default=20, help="default: %(default)s")
    command.add_argument("--victim", choices=("mailer", "database", "relay"), default="mailer", help="default: mailer")
    command.add_argument("--seed", type=int, default=1, help="of the moments (default: %(default)s)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures; raise AssertionError if the ledger is wrong."""
    from bench.alerts import mail_installation

    with ExitStack() as stack:
        running = stack.enter_context(cluster()) if options.victim == "database" else None
        home = stack.enter_context(mail_installation.temporary_installation(running.url if running else ""))
        sink = stack.enter_context(RecordingSink())
        mail_installation.add_subscribers(options.recipients)
        mail_installation.open_blog()
        trial = KillRun(home, sink, options, running)
        stack.callback(trial.stop)
        yield from trial.run()


def as_json(figures: Iterable[Figure]) -> str:
    """Return the figures as one line of JSON."""
    return json.dumps({figure.name: figure.value for figure in figures})


class KillRun:
    """Sends, repeated until the number of kills is reached."""

    def __init__(self, home: Path, sink: RecordingSink, options: Namespace, running: Cluster | None) -> None:
        from bench.alerts.mail_installation import MailerProcess

        self._home, self._sink, self._options, self._cluster = home, sink, options, running
        self._relay = f"smtp://127.0.0.1:{sink.port}?starttls=never&connections={options.connections}"
        self._start: Callable[[], Any] = lambda: MailerProcess(home, self._relay)
        self._mailer = self._start()
        self._chance = random.Random(options.seed)
        self.kills = self.uncertain = self.twice = self.missing = 0

    def stop(self) -> None:
        """Stop the mailer."""
        self._mailer.stop()

    def run(self) -> Iterator[Figure]:
        """Run the sends and the kills."""
        from bench.alerts import mail_installation

        sends = 0
        while self.kills < self._options.kills:
            before, kills = Counter(self._sink.taken), self.kills
            alert = mail_installation.send(mail_installation.publish())
            self._kill_until_done(alert)
            self._account(alert, self._sink.taken - before, self.kills - kills)
            sends += 1
        yield Figure("recipients", self._options.recipients)
        yield Figure("sends", sends)
        yield Figure("kills", self.kills)
        yield Figure("missing", self.missing, target="0", note="neither taken by the sink nor uncertain or waiting")
        yield Figure("twice", self.twice, target="0", note="taken twice and not uncertain")
        yield Figure("uncertain", self.uncertain)
        most = WINDOW * self._options.connections
        yield Figure("uncertain_per_kill", self.uncertain / max(1, self.kills), target=f"≤ {most}")

    def _kill_until_done(self, alert: Any) -> None:
        """Kill after each batch of accepted messages; when all kills are done, let the send finish."""
        step = max(1, self._options.recipients // 20)
        mark = self._sink.total
        while not _finished(alert):
            self._revive()
            if self.kills < self._options.kills and self._sink.total - mark >= self._chance.randrange(step):
                time.sleep(self._chance.random() * 0.05)
                self._kill()
                mark = self._sink.total
            time.sleep(0.01)

    def _revive(self) -> None:
        try:
            self._mailer.check()
        except RuntimeError:
            self._mailer = self._start()

    def _kill(self) -> None:
        self.kills += 1
        if self._options.victim == "mailer":
            self._mailer.kill()
            self._mailer = self._start()
        elif self._options.victim == "relay":
            self._sink.drop_all(open_again=False)
            time.sleep(self._chance.random() * 0.2)
            self._sink.drop_all(open_again=True)
        elif self._cluster:
            self._cluster.stop()
            self._cluster.start()

    def _account(self, alert: Any, taken: Counter[str], kills: int) -> None:
        """Compare ledger and sink, recipient by recipient."""
        from stoppress.alerts import actions
        from stoppress.delivery.models import Delivery

        states = dict(Delivery.objects.filter(alert=alert).values_list("subscriber__email", "state"))
        uncertain = {email for email, state in states.items() if state == "uncertain"}
        self.missing += sum(1 for email, state in states.items() if state == "accepted" and not taken[email])
        self.missing += self._options.recipients - len(states)
        self.twice += sum(1 for email, count in taken.items() if count > 1 and email not in uncertain)
        self.uncertain += len(uncertain)
        strangers = {email for email in taken if states.get(email) not in ("accepted", "uncertain")}
        receipt = actions.load_receipt(alert)
        assert not strangers, f"{len(strangers)} were mailed and the ledger does not say so"
        assert receipt.intended == self._options.recipients, receipt.summary()
        most = WINDOW * self._options.connections * kills
        assert len(uncertain) <= most, f"{len(uncertain)} uncertain after {kills} kills, at most {most} can be"
        assert not self.missing and not self.twice, f"{self.missing} missing, {self.twice} twice"


def _finished(alert: Any) -> bool:
    from django.db import OperationalError, connection

    from stoppress.alerts import actions

    try:
        return bool(actions.load_receipt(alert).is_finished)
    except OperationalError:  # it was just killed
        connection.close()
        return False
