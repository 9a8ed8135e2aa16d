"""Limits of failed log-ins. Only failures count, and no stranger can lock a person out by failing in their name.

    name + network    refuses after ten failures in ten minutes
    client            refuses after thirty failures in ten minutes, whatever the names
    name              slows down after ten failures in ten minutes: each network may try once in ten seconds

The key of a name is its compared form (name_keys.py), so other spellings of a name share its limits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from stoppress.desk.access.audit_log import Actor, record_failed_log_in, record_refusal
from stoppress.desk.access.name_keys import name_key
from stoppress.desk.models import AuditAct
from stoppress.runtime.networks import client_network
from stoppress.runtime.rate_limits import RateLimit, count_events, uncount_events

FAILURES_BY_NAME_AND_NETWORK = RateLimit("log-in failures by name and network", limit=10, seconds=600)
FAILURES_BY_CLIENT = RateLimit("log-in failures by client", limit=30, seconds=600)
FAILURES_BY_NAME = RateLimit("log-in failures by name", limit=10, seconds=600)
SLOWED_BY_NAME_AND_NETWORK = RateLimit("slowed log-ins by name and network", limit=1, seconds=10)
CODES_BY_PERSON = RateLimit("wrong codes by person", limit=20, seconds=3600)
"""Refuses from every network: an attacker who reaches this step has the password, and a code has six digits."""


class TooManyFailuresError(Exception):
    """The attempt is refused without a look at the password; `seconds` is the time to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many failed log-ins; try again in {seconds} s")


@dataclass
class Attempt:
    """One attempt to log in. It counts as failed until `succeeded` is set."""

    succeeded: bool = False


@contextmanager
def limited_attempt(name: str, client: str, reason: str, *, now: datetime, is_code: bool = False) -> Iterator[Attempt]:
    """Count a failed attempt and record it, unless the body sets `succeeded`.

    The attempt is counted before the body checks the password, so that parallel attempts cannot exceed a limit.

    Args:
        name: log-in name as it was typed.
        client: key of the client (runtime.rate_limits.request_client_key).
        reason: what a failure means, for the audit log.
        now: the time.
        is_code: True for a code of a second factor, which comes after the password.

    Raises:
        TooManyFailuresError: a limit is reached.
    """
    key = name_key(name)[:150]
    pair = f"{key}\0{client_network(client)}"
    events = [
        (FAILURES_BY_NAME_AND_NETWORK, pair),
        (FAILURES_BY_CLIENT, client),
        (FAILURES_BY_NAME, key),
        (SLOWED_BY_NAME_AND_NETWORK, pair),
        *([(CODES_BY_PERSON, key)] if is_code else []),
    ]
    counts = dict(zip((limit for limit, _ in events), count_events(events, now), strict=True))
    attempt = Attempt()
    try:
        if wait := _seconds_to_wait(counts, now):
            record_refusal(AuditAct.LOG_IN_REFUSED, Actor(key, client), detail="too many failures", now=now)
            raise TooManyFailuresError(wait)
        yield attempt
    except BaseException:
        attempt.succeeded = True  # an attempt that was refused, or that the server could not answer, did not fail
        raise
    finally:
        if attempt.succeeded:
            uncount_events(events, now)
        else:
            record_failed_log_in(key, client, reason, now=now)


def _seconds_to_wait(counts: dict[RateLimit, int], now: datetime) -> int:
    """Return 0 if the attempt is allowed."""
    refusing = (FAILURES_BY_NAME_AND_NETWORK, FAILURES_BY_CLIENT, CODES_BY_PERSON)
    exceeded = [limit for limit in refusing if counts.get(limit, 0) > limit.limit]
    is_slowed = counts[FAILURES_BY_NAME] > FAILURES_BY_NAME.limit
    if is_slowed and counts[SLOWED_BY_NAME_AND_NETWORK] > SLOWED_BY_NAME_AND_NETWORK.limit:
        exceeded.append(SLOWED_BY_NAME_AND_NETWORK)
    return max((max(1, round((limit.window_end(now) - now).total_seconds())) for limit in exceeded), default=0)
