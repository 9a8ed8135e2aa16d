"""`python -m bench alerts`: Send to the last accepted message, ledger included, beside Postfix's smtp-source.

The real action sends an alert, the real mailer process delivers it, and Postfix's smtp-sink is the relay. In the same
run smtp-source sends as many messages of the same size over as many connections to the same sink.
"""

import json
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.alerts.news_beside_digest import measure_news_beside_digest
from bench.alerts.reader_latency import measure_reader_latency
from bench.figures import Figure

HELP = "Send → first and last accepted, the ledger included, beside Postfix's smtp-source"


@dataclass
class Rounds:
    """Results of each round."""

    rates: list[float] = field(default_factory=list)
    sources: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    lasts: list[float] = field(default_factory=list)


def add_options(command: ArgumentParser) -> None:
    """Declare the options."""
    cases = "lanes: news beside a digest; readers: streams and commits while an alert leaves (SQLite, one mailer)"
    command.add_argument("--case", choices=("speed", "lanes", "readers"), default="speed", help=cases)
    command.add_argument("--recipients", type=int, default=100_000, help="default: %(default)s")
    command.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="default: %(default)s")
    command.add_argument("--mailers", type=int, default=1, help="processes; several need PostgreSQL (default: 1)")
    command.add_argument("--connections", type=int, default=20, help="to the relay, of each mailer (default: 20)")
    command.add_argument("--rounds", type=int, default=3, help="the median counts (default: %(default)s)")
    command.add_argument("--readers", type=int, default=1_000, help="open streams, of `readers` (default: %(default)s)")
    command.add_argument("--pace", type=float, default=5.0, help="posts a second, of `readers` (default: %(default)s)")
    command.add_argument("--seconds", type=float, default=15.0, help="idle stretches, of `readers` (default: 15)")


def measure(options: Namespace) -> Iterator[Figure]:
    """Yield the figures. The home folder is removed afterwards."""
    yield from {"speed": _speed, "lanes": measure_news_beside_digest, "readers": measure_reader_latency}[options.case](
        options
    )


def _speed(options: Namespace) -> Iterator[Figure]:
    from bench.alerts import mail_installation
    from bench.servers.postfix import smtp_sink
    from bench.servers.postgresql import database

    with database(options.database) as url, mail_installation.temporary_installation(url) as home, smtp_sink() as port:
        mail_installation.add_subscribers(options.recipients)
        mail_installation.open_blog()
        relay = f"smtp://127.0.0.1:{port}?starttls=never&connections={options.connections}"
        rounds = Rounds()
        with mail_installation.run_mailers(home, relay, options.mailers) as mailers:
            for _ in range(options.rounds):
                _round(rounds, options, mailers, port)
            memory = max(mailer.memory for mailer in mailers)
        yield from _figures(rounds, memory, options)


def as_json(figures: Iterable[Figure]) -> str:
    """Return the figures that have targets as one line of JSON."""
    return json.dumps({figure.name: figure.value for figure in figures})


def _round(rounds: Rounds, options: Namespace, mailers: Any, port: int) -> None:
    from bench.alerts import mail_installation
    from bench.servers.postfix import source_rate

    first, last = send_and_wait(mailers, options.recipients)
    rounds.firsts.append(first)
    rounds.lasts.append(last)
    rounds.rates.append(options.recipients / last)
    rate = source_rate(port, min(options.recipients, 200_000), mail_installation.message_size(), options.connections)
    if rate is not None:
        rounds.sources.append(rate)


def send_and_wait(mailers: Any, recipients: int) -> tuple[float, float]:
    """Send an alert; return the seconds from Send to the first and the last accepted delivery, by the ledger."""
    from bench.alerts import mail_installation

    post = mail_installation.publish()
    begun = datetime.now(UTC)
    alert = mail_installation.send(post)
    for mailer in mailers:
        mailer.notify()
    wait_until_finished(alert, mailers)
    return seconds_to_accept(alert, begun, recipients)


def wait_until_finished(alert: Any, mailers: Any, seconds: float = 3600) -> None:
    """Wait until no delivery of the alert waits or is in flight."""
    from stoppress.delivery.choices import DeliveryState as State
    from stoppress.delivery.models import Alert, Delivery

    until = time.monotonic() + seconds
    moving = Delivery.objects.filter(alert=alert, state__in=(State.PENDING, State.IN_FLIGHT, State.DEFERRED))
    while not Alert.objects.filter(pk=alert.pk, materialised_at__isnull=False).exists() or moving.exists():
        if time.monotonic() > until:
            raise RuntimeError("the alert was not sent in time")
        for mailer in mailers:
            mailer.check()
        time.sleep(0.1)


def seconds_to_accept(alert: Any, begun: datetime, recipients: int) -> tuple[float, float]:
    """Return the seconds from `begun` to the first and the last accepted delivery.

    Raises:
        RuntimeError: a delivery was not accepted.
    """
    from django.db.models import Count, Max, Min

    from stoppress.delivery.models import Delivery

    accepted = Delivery.objects.filter(alert=alert, state="accepted")
    found = accepted.aggregate(first=Min("settled_at"), last=Max("settled_at"), count=Count("id"))
    if found["count"] != recipients:
        raise RuntimeError(f"{found['count']} of {recipients} were accepted")
    return (found["first"] - begun).total_seconds(), (found["last"] - begun).total_seconds()


def _figures(rounds: Rounds, memory: float, options: Namespace) -> Iterator[Figure]:
    rate = statistics.median(rounds.rates)
    source = statistics.median(rounds.sources) if rounds.sources else None
    target = "≥ 0.8" if options.database == "postgresql" else "≥ 1.0"
    pairs = zip(rounds.rates, rounds.sources, strict=False)
    ratio = statistics.median(one / other for one, other in pairs) if source else None
    yield Figure("recipients", options.recipients)
    yield Figure("rate_per_s", round(rate, 1), "messages/s")
    yield Figure("smtp_source_per_s", source and round(source, 1), "messages/s", note="Postfix's, in C")
    yield Figure("ratio_to_smtp_source", ratio and round(ratio, 3), target=target)
    yield Figure("first_s", round(statistics.median(rounds.firsts), 3), "s", "≤ 1")
    yield Figure("last_s", round(statistics.median(rounds.lasts), 3), "s")
    yield Figure("rss_mib", round(memory, 1), "MiB", "≤ 200", "the mailer's peak")
