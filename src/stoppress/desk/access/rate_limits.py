"""Rate limits of log-ins, test messages and API calls."""

from datetime import datetime

from stoppress.runtime.rate_limits import RateLimit

LOG_INS_BY_ADDRESS = RateLimit("log-in by address", limit=30, seconds=600)
LOG_INS_BY_NAME = RateLimit("log-in by name", limit=10, seconds=600)
CALLS_BY_TOKEN = RateLimit("API by token", limit=300, seconds=60)
TEST_MAILS_BY_EDITOR = RateLimit("test mail by editor", limit=30, seconds=3600)


def allow_log_in_attempt(address: str, name: str, *, now: datetime) -> bool:
    """Count one attempt; return False if there were too many from this client address or for this name."""
    is_address_allowed = LOG_INS_BY_ADDRESS.allow(address, now)
    return LOG_INS_BY_NAME.allow(name.strip().lower()[:150], now) and is_address_allowed


def allow_api_call(token_id: int, *, writes: bool, now: datetime) -> bool:
    """Count one call of the API; return False if this token called too often.

    Calls that read are counted by each web process, so that reading works while the database cannot be written.
    """
    allow = CALLS_BY_TOKEN.allow if writes else CALLS_BY_TOKEN.allow_in_process
    return allow(str(token_id), now)


def allow_test_mail(user: str, *, now: datetime) -> bool:
    """Count one test message; return False if this editor sent too many."""
    return TEST_MAILS_BY_EDITOR.allow(user, now)
