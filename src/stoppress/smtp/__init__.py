"""SMTP towards the relay, in two halves.

    conversation.py   what may be said, what a reply means     no sockets, no clock
    window.py         the same, for messages on their way
    client.py         a connection, TLS, patience              no opinions

Every message ends in one `Outcome`; what is wrong with the relay itself is a `RelayFault`.
"""

from stoppress.smtp.client import RelayConnection
from stoppress.smtp.conversation import Conversation
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import (
    MessageTooLarge,
    OutOfTurn,
    RecipientMalformed,
    RecipientNeedsSMTPUTF8,
    RelayBrokeProtocol,
    RelayFault,
    RelayInsecure,
    RelayRefusedLogin,
    RelayRefusedSender,
    RelayUnavailable,
    SenderMalformed,
    SMTPError,
    Unsendable,
)
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Outcome, Refused, Step, Uncertain
from stoppress.smtp.relay_url import RelayAddress, parse_relays
from stoppress.smtp.timeouts import Patience

__all__ = [
    "Accepted",
    "Conversation",
    "Deferred",
    "Envelope",
    "MessageTooLarge",
    "NotSent",
    "OutOfTurn",
    "Outcome",
    "Patience",
    "RecipientMalformed",
    "RecipientNeedsSMTPUTF8",
    "Refused",
    "RelayAddress",
    "RelayBrokeProtocol",
    "RelayConnection",
    "RelayFault",
    "RelayInsecure",
    "RelayRefusedLogin",
    "RelayRefusedSender",
    "RelayUnavailable",
    "SMTPError",
    "SenderMalformed",
    "Step",
    "Uncertain",
    "Unsendable",
    "parse_relays",
]
