"""Errors of `delivery`. Each message can be shown to the person whose request failed."""

from stoppress.runtime.errors import StopPressError


class DeliveryError(StopPressError):
    """Base of the errors of this package."""


class IllegalTransitionError(DeliveryError):
    """A fault of the software: a delivery was about to change to a state that does not follow its present one."""

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after
        super().__init__(f"illegal transition of a delivery: {before} cannot change to {after}")


class MailerAlreadyRunningError(DeliveryError):
    """Another mailer already sends from this ledger."""

    def __init__(self) -> None:
        super().__init__("another mailer is already running for this installation")


class CannotResumeError(DeliveryError):
    """Nothing more of this alert may be sent; the message contains the reason."""
