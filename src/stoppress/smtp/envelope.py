"""One message with its envelope, and what is said of it to a relay that offers this and that."""

from dataclasses import dataclass, field

from stoppress.smtp.address_syntax import encode_recipient, encode_sender
from stoppress.smtp.dot_stuffing import dot_stuff, normalise_line_ends
from stoppress.smtp.errors import MessageTooLargeError
from stoppress.smtp.extensions import Extensions


@dataclass(slots=True)
class Envelope:
    """A message for one recipient.

    Args:
        sender: where bounces go, "" for nowhere.
        recipient: the recipient's address.
        message: header and body.
        is_smtp_ready: every line of `message` ends in CRLF, the last one too, and none begins with a dot; nobody looks again,
            since looking takes as long as sending. False: line ends of any kind, dots anywhere.
    """

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    message: bytes = field(repr=False)
    is_smtp_ready: bool = True


@dataclass(slots=True)
class EncodedEnvelope:
    """An envelope as the relay will hear it: two commands, each with its CRLF, and a text without its final dot."""

    mail: bytes
    rcpt: bytes
    text: bytes


def encode_envelope(envelope: Envelope, offers: Extensions, *, chunked: bool) -> EncodedEnvelope:
    """The envelope for a relay that made these offers.

    Args:
        chunked: the text goes by BDAT, where a dot is a dot (RFC 3030); otherwise by DATA.

    Raises:
        Unsendable: this message, or this recipient, cannot go through this relay.
        SenderMalformed: the sender cannot be written into a command.
    """
    message = envelope.message
    tidy = envelope.is_smtp_ready and message.endswith(b"\r\n")
    if not tidy:
        message = normalise_line_ends(message)
    if offers.max_size and len(message) > offers.max_size:
        raise MessageTooLargeError(f"the message has {len(message)} bytes, the relay takes {offers.max_size}")
    sender = encode_sender(envelope.sender, smtputf8=offers.smtputf8)
    recipient = encode_recipient(envelope.recipient, smtputf8=offers.smtputf8)
    parameters = b" SIZE=%d" % len(message) if offers.size else b""
    if offers.eight_bit_mime and not message.isascii():
        parameters += b" BODY=8BITMIME"  # Not offered: sent as it is, as everyone does.
    if offers.smtputf8 and not (sender.isascii() and recipient.isascii()):
        parameters += b" SMTPUTF8"
    return EncodedEnvelope(
        b"MAIL FROM:<%b>%b\r\n" % (sender, parameters),
        b"RCPT TO:<%b>\r\n" % recipient,
        message if tidy or chunked else dot_stuff(message),
    )
