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
    MessageTooLargeError,
    CommandSequenceError,
    MalformedRecipientError,
    SMTPUTF8RequiredError,
    RelayProtocolError,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    SenderRefusedError,
    RelayUnavailableError,
    MalformedSenderError,
    SMTPError,
    UnsendableError,
)
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Outcome, Refused, SmtpStep, Uncertain
from stoppress.smtp.relay_url import RelayAddress, parse_relays
from stoppress.smtp.timeouts import Timeouts

__all__ = [
    "Accepted",
    "Conversation",
    "Deferred",
    "Envelope",
    "MessageTooLargeError",
    "NotSent",
    "CommandSequenceError",
    "Outcome",
    "Timeouts",
    "MalformedRecipientError",
    "SMTPUTF8RequiredError",
    "Refused",
    "RelayAddress",
    "RelayProtocolError",
    "RelayConnection",
    "RelayError",
    "RelayInsecureError",
    "RelayLoginError",
    "SenderRefusedError",
    "RelayUnavailableError",
    "SMTPError",
    "MalformedSenderError",
    "SmtpStep",
    "Uncertain",
    "UnsendableError",
    "parse_relays",
]
