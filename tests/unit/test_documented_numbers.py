"""Numbers that documents promise: the document states the number, and the program has it."""

from datetime import timedelta
from pathlib import Path

import pytest

from stoppress.alerts.receipts import relay_log_source
from stoppress.coverage.actions.live_blogs import POLL_WAIT_SECONDS
from stoppress.delivery.relays import circuit_breaker, relay_pool, silent_connections
from stoppress.delivery.sender import interactive_pause
from stoppress.desk.access import rate_limits
from stoppress.inbound import record_report
from stoppress.inbound.receive import imap_poller, listener_limits, smtp_session
from stoppress.service.monitoring import alarms
from stoppress.signup.actions import subscribe
from stoppress.subscribers import mail_domains, signed_links

ROOT = Path(__file__).parents[2]
MIB = 1_048_576
SUBSCRIBERS, BOUNCES, MAIL, WATCH, CDN = (
    f"docs/operate/{name}.md" for name in ("subscribers", "bounces", "mail", "watch", "cdn")
)


@pytest.fixture
def long_windows() -> None:
    """Keep the rate limits as they are."""


def values() -> list[tuple[str, str, object, object]]:
    """Return document, what it states, what the program has, and the value as a literal."""
    client, network = subscribe.SIGN_UPS_PER_CLIENT, subscribe.SIGN_UPS_PER_NETWORK
    domain, provider = subscribe.SIGN_UPS_PER_DOMAIN, subscribe.SIGN_UPS_PER_PROVIDER
    hour, day, suppressed = subscribe.MAILS_PER_HOUR, subscribe.MAILS_PER_DAY, subscribe.MAILS_PER_DAY_IF_SUPPRESSED
    return [
        (SUBSCRIBERS, "| 20 an hour |", (client.limit, client.seconds), (20, 3600)),
        (SUBSCRIBERS, "| 100 an hour |", (network.limit, network.seconds), (100, 3600)),
        (SUBSCRIBERS, "| 200 an hour; 20,000 for", (domain.limit, provider.limit), (200, 20_000)),
        (SUBSCRIBERS, "2 an hour, 5 a day; 1 a day", (hour.limit, day.limit, suppressed.limit), (2, 5, 1)),
        (SUBSCRIBERS, "2 an hour, 5 a day; 1 a day", (hour.seconds, day.seconds), (3600, 86_400)),
        (SUBSCRIBERS, "within 1.5 seconds", mail_domains.LOOKUP_TIMEOUT_SECONDS, 1.5),
        (SUBSCRIBERS, "| 7 days |", signed_links.CONFIRM_LINK_LIFETIME, timedelta(days=7)),
        (SUBSCRIBERS, "| 30 days, a new secret", signed_links.MANAGE_LINK_LIFETIME, timedelta(days=30)),
        (SUBSCRIBERS, "be undone for an hour", signed_links.UNDO_LINK_LIFETIME, timedelta(hours=1)),
        (BOUNCES, "at most 500 per hour", record_report.MAX_UNPROVEN_PER_HOUR, 500),
        (BOUNCES, "first MiB of a message", smtp_session.MAX_KEPT_BYTES, MIB),
        (BOUNCES, "accepts at most 10 MiB", smtp_session.MAX_MESSAGE_BYTES, 10 * MIB),
        (BOUNCES, "may have 20 connections", listener_limits.MAX_CONNECTIONS_PER_NETWORK, 20),
        (BOUNCES, "Every minute the new messages", imap_poller.POLL_SECONDS, 60.0),
        (MAIL, "at most 25 messages per connection", relay_pool.MAX_CLAIMED_PER_CONNECTION, 25),
        (MAIL, "pauses for a minute", circuit_breaker.FIRST_PAUSE_SECONDS, 60.0),
        (MAIL, "up to a quarter of an hour", circuit_breaker.MAX_PAUSE_SECONDS, 900.0),
        (MAIL, "without a reply for 10 seconds", silent_connections.SILENT_SECONDS, 10.0),
        (MAIL, "hang for 30 seconds", silent_connections.REPLACE_AFTER_SECONDS, 30.0),
        (MAIL, "Mail pauses for 0.04 s", interactive_pause.MAX_PAUSE_SECONDS, 0.04),
        (MAIL, "up to 256 MiB", relay_log_source.MAX_LOG_BYTES, 256 * MIB),
        (WATCH, "more than a minute late", alarms.MAX_DUE_AGE, timedelta(minutes=1)),
        (CDN, "another interval, 2 to 120 seconds", (POLL_WAIT_SECONDS[0], POLL_WAIT_SECONDS[-1]), (2, 120)),
    ]


def test_documented_numbers_are_those_of_the_program() -> None:
    for document, said, value, expected in values():
        text = " ".join((ROOT / document).read_text(encoding="utf-8").split())
        assert said in text, f"{document} no longer states: {said}"
        assert value == expected, f"{document}: {said}"


def test_api_calls_are_limited_per_token_and_minute() -> None:
    assert (rate_limits.CALLS_BY_TOKEN.limit, rate_limits.CALLS_BY_TOKEN.seconds) == (300, 60)
