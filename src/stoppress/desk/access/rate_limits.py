"""Rate limits of test messages and API calls."""

from datetime import datetime

from stoppress.runtime.rate_limits import RateLimit

CALLS_BY_TOKEN = RateLimit("API by token", limit=300, seconds=60)
TEST_MAILS_BY_EDITOR = RateLimit("test mail by editor", limit=30, seconds=3600)


def allow_api_call(token_id: int, *, writes: bool, now: datetime) -> bool:
    """Count one call of the API; return False if this token called too often.

    Calls that read are counted by each web process, so that reading works while the database cannot be written.
    """
    allow = CALLS_BY_TOKEN.allow if writes else CALLS_BY_TOKEN.allow_in_process
    return allow(str(token_id), now)


def allow_test_mail(user: str, *, now: datetime) -> bool:
    """Count one test message; return False if this editor sent too many."""
    return TEST_MAILS_BY_EDITOR.allow(user, now)
