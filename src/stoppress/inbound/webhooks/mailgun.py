"""Age and token of Mailgun's signatures.

The signature covers a time and a token, not the content. So a token counts once, and only near its time. anymail
verifies the signature and checks neither. Mailgun retries for eight hours.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from stoppress.inbound.bounces.amazon_notifications import as_mapping
from stoppress.inbound.webhooks import InvalidSignatureError

MAX_CLOCK_DIFFERENCE = timedelta(hours=12)
"""How far the time of a signature may be from now, in either direction."""
MIN_TOKEN_LENGTH = 16


def verify_fresh_token(notification: Mapping[str, Any], now: datetime) -> str:
    """Return a digest of the token of a verified notification.

    Raises:
        InvalidSignatureError: the time is more than `MAX_CLOCK_DIFFERENCE` away, or the token is too short.
    """
    signature = as_mapping(notification.get("signature"))
    timestamp, token = (str(signature.get(name) or "") for name in ("timestamp", "token"))
    if not timestamp.isascii() or not timestamp.isdigit():
        raise InvalidSignatureError
    if abs(now.timestamp() - int(timestamp[:12])) > MAX_CLOCK_DIFFERENCE.total_seconds():
        raise InvalidSignatureError
    if len(token) < MIN_TOKEN_LENGTH:
        raise InvalidSignatureError
    return blake2b(f"mailgun token\0{token}".encode("utf-8", "replace"), digest_size=16).hexdigest()
