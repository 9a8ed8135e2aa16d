"""Mailgun's signature covers a time and a token, not the words: so a token counts once, and near its time.

anymail verifies the signature and checks neither. Mailgun retries for eight hours.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from stoppress.inbound.webhooks import InvalidSignatureError
from stoppress.inbound.webhooks.delivery_lookup import as_mapping

MAX_CLOCK_DIFFERENCE = timedelta(hours=12)
"""How far a signature's time may be from the present, before or after."""
MIN_TOKEN_LENGTH = 16


def verify_fresh_token(told: Mapping[str, Any], now: datetime) -> str:
    """Return a digest of the token of a verified notification.

    Raises:
        Forged: the time is more than `WINDOW` away, or the token too short to be Mailgun's.
    """
    signature = as_mapping(told.get("signature"))
    when, token = (str(signature.get(name) or "") for name in ("timestamp", "token"))
    if not when.isascii() or not when.isdigit() or abs(now.timestamp() - int(when[:12])) > MAX_CLOCK_DIFFERENCE.total_seconds():
        raise InvalidSignatureError
    if len(token) < MIN_TOKEN_LENGTH:
        raise InvalidSignatureError
    return blake2b(f"mailgun token\0{token}".encode("utf-8", "replace"), digest_size=16).hexdigest()
