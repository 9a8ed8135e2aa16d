"""Errors of `delivery`. Each message can be shown to the person whose request failed."""

from stoppress.runtime.errors import StopPressError


class DeliveryError(StopPressError):
    """Base of the errors of this package."""


class IllegalTransitionError(DeliveryError):
    """Our own fault: a delivery was to go from one state to another that does not follow it."""

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after
        super().__init__(f"a delivery does not go from {before} to {after}")


class MailerAlreadyRunningError(DeliveryError):
    """A mailer already works off this ledger."""

    def __init__(self) -> None:
        super().__init__("another mailer is already running for this installation")


class CannotResumeError(DeliveryError):
    """Nothing more of this alert may be sent; the message says why."""
