"""Errors of `alerts`. Each message can be shown to the person whose request failed."""

from django.utils.translation import gettext as _

from stoppress.runtime.errors import StopPressError


class AlertsError(StopPressError):
    """Base of the errors of this package."""


class InvalidAlertError(AlertsError):
    """The alert cannot be sent as it is; `field` is the one at fault."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class AlertPostWithdrawnError(AlertsError):
    """The post was withdrawn, so no alert about it may be sent."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__(_("This post has been withdrawn. It cannot be sent as an alert."))


class PostChangedError(AlertsError):
    """The post was saved after the alert was written; `revision` is its newest one."""

    def __init__(self, post_id: object, revision: int) -> None:
        self.post_id, self.revision = str(post_id), revision
        super().__init__(
            _(
                "This post was changed while you wrote the alert. Nothing was sent: compare subject and"
                " text with the post as it is now, then send again."
            )
        )


class AlreadyAlertedError(AlertsError):
    """The post, or the live blog as a whole, was sent as an alert before."""

    def __init__(self, post_id: object, alert_id: object) -> None:
        self.post_id, self.alert_id = str(post_id), str(alert_id)
        super().__init__(
            _(
                "This post has already been sent as an alert. To send it a second time, say so: "
                "everyone who got the first one will get this one too."
            )
        )


class AlertIdTakenError(AlertsError):
    """The id belongs to an alert with other content, or of another live blog."""

    def __init__(self, alert_id: object) -> None:
        self.alert_id = str(alert_id)
        super().__init__(
            _(
                "The id {id} already belongs to an alert with other content. Nothing was sent. To get "
                "that alert's receipt, send its request unchanged; to send this one, choose a new id."
            ).format(id=alert_id)
        )


class AlertNotFoundError(AlertsError):
    """There is no such alert."""

    def __init__(self, alert_id: object) -> None:
        self.alert_id = str(alert_id)
        super().__init__(_("There is no alert {id}.").format(id=alert_id))


class PreflightError(AlertsError):
    """The preflight forbids Send; `stops` states each reason, and what to do about it."""

    def __init__(self, stops: list[str]) -> None:
        self.stops = stops
        super().__init__(" ".join(stops))


class OwnApprovalError(AlertsError):
    """The editor who sent an alert cannot also approve it."""

    def __init__(self) -> None:
        super().__init__(_("You sent this alert yourself: another editor must approve it."))


class UnreadableLogError(AlertsError):
    """The relay's log cannot be read; the message states why."""

    def __init__(self, why: str) -> None:
        super().__init__(_("The log cannot be read: {why}.").format(why=why))
