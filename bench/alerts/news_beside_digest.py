"""Time from Send to the first accepted delivery of breaking news while a large digest is being sent."""

import statistics
import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench.figures import Figure

BREAKING = 1_000
"""Readers of the breaking news."""


def measure_news_beside_digest(options: Namespace) -> Iterator[Figure]:
    """Yield the figures."""
    from bench.alerts import mail_installation
    from bench.servers.postfix import smtp_sink
    from bench.servers.postgresql import database

    with database(options.database) as url, mail_installation.temporary_installation(url) as home, smtp_sink() as port:
        mail_installation.add_subscribers(options.recipients, "morning")
        mail_installation.add_subscribers(BREAKING)
        mail_installation.open_blog()
        relay = f"smtp://127.0.0.1:{port}?starttls=never&connections={options.connections}"
        with mail_installation.run_mailers(home, relay, options.mailers) as mailers:
            digest = mail_installation.send_digest(options.recipients)
            for mailer in mailers:
                mailer.notify()
            yield from _breaking(options, mailers, digest)


def _breaking(options: Namespace, mailers: Any, digest: Any) -> Iterator[Figure]:
    from bench.alerts import mail_installation
    from bench.alerts.measurement import seconds_to_accept, wait_until_finished
    from stoppress.delivery.models import Delivery

    firsts, lasts, sends = [], [], []
    waiting = Delivery.objects.filter(alert=digest, state="pending")
    for _ in range(options.rounds):
        time.sleep(1)
        post, begun = mail_installation.publish(), datetime.now(UTC)
        alert = mail_installation.send(post)
        sends.append((datetime.now(UTC) - begun).total_seconds())
        for mailer in mailers:
            mailer.notify()
        wait_until_finished(alert, mailers)
        first, last = seconds_to_accept(alert, begun, BREAKING)
        firsts.append(first)
        lasts.append(last)
    left = waiting.count()
    yield Figure("digest_recipients", options.recipients)
    yield Figure(
        "digest_still_waiting", left, note="when the last breaking news had left; 0 means that it proves nothing"
    )
    yield Figure("first_s", round(statistics.median(firsts), 3), "s", "≤ 1", "breaking news, first accepted")
    yield Figure(
        "commit_s", round(statistics.median(sends), 3), "s", note="Send itself, the wait for the database included"
    )
    yield Figure("last_s", round(statistics.median(lasts), 3), "s", note=f"to {BREAKING:,} readers")
