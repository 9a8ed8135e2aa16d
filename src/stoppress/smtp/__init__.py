r"""An SMTP client for sending mail through a relay (RFC 5321), with PIPELINING, CHUNKING, STARTTLS and AUTH.

The package imports nothing of the project that contains it. It sends many messages over one connection::

    relay = RelayAddress.parse("smtp://user:password@mail.example.org?connections=4")
    connection = RelayConnection(relay)
    await connection.connect()                      # raises RelayError
    window = [Envelope("bounce@news.example", "mari@example.com", b"Subject: Flood\r\n\r\nThe river has risen.\r\n")]
    await connection.send_window(window, lambda index, outcome: print(window[index].recipient, outcome))
    await connection.close()                        # sends QUIT

Each message gets exactly one `Outcome`: `Accepted`, `Refused`, `Deferred`, `NotSent` or `Uncertain`. An error of the
relay itself is a `RelayError`. One message with line ends of any kind is simpler to send::

    outcome = await connection.send("bounce@news.example", "mari@example.com", message)

The protocol is implemented without I/O, so that tests need no sockets:

    conversation.py   states, commands and replies of one connection
    pipelining.py     the messages in transmission: which commands may be sent, what each reply means
    client.py         the asyncio shell: socket, TLS, timeouts
"""

from stoppress.smtp.client import RelayConnection
from stoppress.smtp.conversation import Conversation
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import (
    CommandSequenceError,
    MalformedRecipientError,
    MalformedSenderError,
    MessageTooLargeError,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    RelayProtocolError,
    RelayUnavailableError,
    SenderRefusedError,
    SMTPError,
    SMTPUTF8RequiredError,
    UnsendableError,
)
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Outcome, Refused, Step, Uncertain
from stoppress.smtp.relay_url import RelayAddress, parse_relays
from stoppress.smtp.timeouts import Timeouts

__all__ = [
    "Accepted",
    "CommandSequenceError",
    "Conversation",
    "Deferred",
    "Envelope",
    "MalformedRecipientError",
    "MalformedSenderError",
    "MessageTooLargeError",
    "NotSent",
    "Outcome",
    "Refused",
    "RelayAddress",
    "RelayConnection",
    "RelayError",
    "RelayInsecureError",
    "RelayLoginError",
    "RelayProtocolError",
    "RelayUnavailableError",
    "SMTPError",
    "SMTPUTF8RequiredError",
    "SenderRefusedError",
    "Step",
    "Timeouts",
    "Uncertain",
    "UnsendableError",
    "parse_relays",
]
