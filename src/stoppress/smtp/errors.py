"""What can go wrong, named for whose fault it is: the relay's, the message's, or our own."""


class SMTPError(Exception):
    """Base of everything this package raises."""


class CommandSequenceError(SMTPError):
    """Our own fault: a command was asked for that the conversation does not allow now."""


class MalformedSenderError(SMTPError, ValueError):
    """Our own fault: the envelope sender cannot be written into a command."""


class UnsendableError(SMTPError):
    """This message cannot go to this recipient through this relay; not a byte of it was said.

    `code` and `enhanced` are what a relay would have replied (RFC 5321 4.2.3, RFC 3463).
    """

    code = 550
    enhanced = "5.0.0"


class MalformedRecipientError(UnsendableError, ValueError):
    """The recipient's address holds something that has no place in one, such as a line break."""

    code = 553
    enhanced = "5.1.3"


class SMTPUTF8RequiredError(UnsendableError):
    """The local part is not ASCII, and the relay does not offer SMTPUTF8 (RFC 6531 3.5)."""

    code = 553
    enhanced = "5.6.7"


class MessageTooLargeError(UnsendableError):
    """The message is longer than the relay said it takes (RFC 1870 6.1)."""

    code = 552
    enhanced = "5.3.4"


class RelayError(SMTPError):
    """The relay's fault, or ours towards the relay: nothing that is wrong with one recipient.

    Args:
        reason: what happened, fit for a log: no address, no secret.
        code: the relay's reply code, or 0 when it gave none.
        enhanced: its enhanced status code (RFC 3463), or "".
    """

    def __init__(self, reason: str, code: int = 0, enhanced: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.enhanced = enhanced


class RelayUnavailableError(RelayError):
    """No connection, or the relay says that it does not serve us now."""


class RelayInsecureError(RelayError):
    """TLS was wanted and is missing, failed, or shows a certificate that is not trusted."""


class RelayLoginError(RelayError):
    """The relay wants a log-in that we do not have, or refused the one that we gave."""


class SenderRefusedError(RelayError):
    """The relay does not let us send as this envelope sender."""


class RelayProtocolError(RelayError):
    """The relay said something that SMTP does not allow here, or does not know what it offered."""
