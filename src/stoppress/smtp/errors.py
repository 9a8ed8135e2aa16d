"""Errors of the SMTP client, grouped by cause: the relay, the message, or the calling program."""


class SMTPError(Exception):
    """Base of the errors of this package."""


class CommandSequenceError(SMTPError):
    """The program called for a command that the state of the conversation does not allow."""


class MalformedSenderError(SMTPError, ValueError):
    """The envelope sender cannot be written into a command; an error of the program or its settings."""


class UnsendableError(SMTPError):
    """This message cannot go to this recipient through this relay; no byte of it was sent.

    `code` and `enhanced` are what a relay would reply (RFC 5321 section 4.2.3, RFC 3463).
    """

    code = 550
    enhanced = "5.0.0"


class MalformedRecipientError(UnsendableError, ValueError):
    """The recipient's address contains a character that is not allowed, such as a line break."""

    code = 553
    enhanced = "5.1.3"


class SMTPUTF8RequiredError(UnsendableError):
    """The local part is not ASCII, and the relay does not offer SMTPUTF8 (RFC 6531 section 3.5)."""

    code = 553
    enhanced = "5.6.7"


class MessageTooLargeError(UnsendableError):
    """The message is longer than the relay's SIZE limit (RFC 1870 section 6.1)."""

    code = 552
    enhanced = "5.3.4"


class RelayError(SMTPError):
    """The relay cannot be used; the error does not concern one recipient.

    Args:
        reason: what happened, fit for a log: without address and secret.
        code: the relay's reply code, or 0 if it sent none.
        enhanced: its enhanced status code (RFC 3463), or "".
    """

    def __init__(self, reason: str, code: int = 0, enhanced: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.enhanced = enhanced


class RelayUnavailableError(RelayError):
    """The connection failed, or the relay does not offer service now."""


class RelayInsecureError(RelayError):
    """TLS was required and is missing, failed, or shows a certificate that is not trusted."""


class RelayLoginError(RelayError):
    """The relay requires a login that is not configured, or refused the configured one."""


class SenderRefusedError(RelayError):
    """The relay does not accept mail from this envelope sender."""


class RelayProtocolError(RelayError):
    """The relay sent a reply that SMTP does not allow here, or does not implement an extension that it offers."""
