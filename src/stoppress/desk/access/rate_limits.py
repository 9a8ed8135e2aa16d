"""How often somebody may try to log in or send a test mail, and a token may call."""

from datetime import datetime

from stoppress.runtime.rate_limits import Brake

BY_ADDRESS = Brake("log-in by address", limit=30, seconds=600)
BY_NAME = Brake("log-in by name", limit=10, seconds=600)
BY_TOKEN = Brake("API by token", limit=300, seconds=60)
BY_TESTER = Brake("test mail by editor", limit=30, seconds=3600)


def may_try_to_log_in(address: str, name: str, *, now: datetime) -> bool:
    """Count one attempt; False if there were too many from this address or at this name."""
    from_here = BY_ADDRESS.allow(address, now)
    return BY_NAME.allow(name.strip().lower()[:150], now) and from_here


def may_call(token_id: int, *, now: datetime) -> bool:
    """Count one call of the API; False if this token called too often."""
    return BY_TOKEN.allow(str(token_id), now)


def may_send_test(user: str, *, now: datetime) -> bool:
    """Count one test mail; False if this editor sent too many."""
    return BY_TESTER.allow(user, now)
