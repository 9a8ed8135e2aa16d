"""A message with its envelope, and its encoding for the extensions that a relay offers."""

from dataclasses import dataclass, field

from stoppress.smtp.address_syntax import encode_recipient, encode_sender
from stoppress.smtp.dot_stuffing import dot_stuff, normalise_line_ends
from stoppress.smtp.errors import MessageTooLargeError
from stoppress.smtp.extensions import Extensions


@dataclass(slots=True)
class Envelope:
    """A message for one recipient.

    Args:
        sender: the address that bounces go to; "" for none.
        recipient: the recipient's address.
        message: header and body.
        is_smtp_ready: True if every line of `message` ends in CRLF, the last one too, and no line begins with a dot.
            This is not checked, because checking takes as long as sending. False allows line ends of any kind and dots
            anywhere.
    """

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    message: bytes = field(repr=False)
    is_smtp_ready: bool = True


@dataclass(slots=True)
class EncodedEnvelope:
    """An envelope as it is sent: two commands, each with its CRLF, and the text without its final dot."""

    mail_command: bytes
    rcpt_command: bytes
    text: bytes


def encode_envelope(envelope: Envelope, extensions: Extensions, *, uses_bdat: bool) -> EncodedEnvelope:
    """Encode an envelope for a relay that offers these extensions.

    Args:
        envelope: what to send.
        extensions: the relay's offer.
        uses_bdat: True if the text goes by BDAT, which needs no dot-stuffing (RFC 3030); False for DATA.

    Raises:
        UnsendableError: this message, or this recipient, cannot go through this relay.
        MalformedSenderError: the sender cannot be written into a command.
    """
    message = envelope.message
    is_ready = envelope.is_smtp_ready and message.endswith(b"\r\n")
    if not is_ready:
        message = normalise_line_ends(message)
    if extensions.max_size and len(message) > extensions.max_size:
        raise MessageTooLargeError(f"the message has {len(message)} bytes, the relay takes {extensions.max_size}")
    sender = encode_sender(envelope.sender, smtputf8=extensions.smtputf8)
    recipient = encode_recipient(envelope.recipient, smtputf8=extensions.smtputf8)
    parameters = b" SIZE=%d" % len(message) if extensions.size else b""
    if extensions.eight_bit_mime and not message.isascii():
        parameters += b" BODY=8BITMIME"  # Without the offer the message is sent unchanged, as other clients do.
    if extensions.smtputf8 and not (sender.isascii() and recipient.isascii()):
        parameters += b" SMTPUTF8"
    return EncodedEnvelope(
        b"MAIL FROM:<%b>%b\r\n" % (sender, parameters),
        b"RCPT TO:<%b>\r\n" % recipient,
        message if is_ready or uses_bdat else dot_stuff(message),
    )
