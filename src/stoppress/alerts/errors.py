"""What alerts refuse, and why; each message can be shown to whoever asked."""


class AlertsError(Exception):
    """Base of all that this package refuses."""


class BadAlert(AlertsError):
    """The alert cannot be sent as it is; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class PostWithdrawn(AlertsError):
    """The post has been withdrawn: nobody may be alerted to it."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__("This post has been withdrawn. It cannot be sent as an alert.")


class PostChanged(AlertsError):
    """The post was saved after the alert was written; `revision` is its newest one."""

    def __init__(self, post_id: object, revision: int) -> None:
        self.post_id, self.revision = str(post_id), revision
        super().__init__(
            "This post was changed while you wrote the alert. Nothing was sent: compare subject and text with the post "
            "as it is now, then send again."
        )


class AlreadyAlerted(AlertsError):
    """The post went out as an alert before."""

    def __init__(self, post_id: object, alert_id: object) -> None:
        self.post_id, self.alert_id = str(post_id), str(alert_id)
        super().__init__(
            "This post has already been sent as an alert. To send it a second time, say so: "
            "everyone who got the first one will get this one too."
        )


class AlertIdTaken(AlertsError):
    """An alert was sent under an id that came before with other content, or from another live blog."""

    def __init__(self, alert_id: object) -> None:
        self.alert_id = str(alert_id)
        super().__init__(
            f"The id {alert_id} already belongs to an alert with other content. Nothing was sent. "
            "To get that alert's receipt, send its request unchanged; to send this one, choose a new id."
        )


class BadAddress(AlertsError):
    """What was typed is no email address; the message says what is wrong with it."""


class TooManySignUps(AlertsError):
    """Too many of late, from one client, one network, or at one domain; the message says which, and when again."""


class NoSuchTopic(AlertsError):
    """Nobody can sign up for this."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"There is no topic “{slug}”.")


class BadTopic(AlertsError, ValueError):
    """A topic cannot be like that; `field` names the culprit, the message says what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class TopicRetired(AlertsError):
    """Somebody confirms a wish for a topic that the newsroom has retired since."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"“{name}” is not sent any more.")


class StaleTopic(AlertsError):
    """Somebody else changed the topic meanwhile."""

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this topic meanwhile. Nothing was saved: look, then save again.")


class IllegalMove(AlertsError):
    """Our own fault: a delivery was to go from one state to another that does not follow it."""

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after
        super().__init__(f"a delivery does not go from {before} to {after}")


class LeaseLost(AlertsError):
    """Deliveries that this mailer had taken up are no longer its own: another one runs, or the ledger was restored."""

    def __init__(self, missing: int) -> None:
        self.missing = missing
        super().__init__(f"{missing} deliveries in flight belong to this mailer no more")


class AnotherMailer(AlertsError):
    """A mailer already works off this ledger."""

    def __init__(self) -> None:
        super().__init__("another mailer is already running for this installation")


class AlertIdUnknown(AlertsError):
    """There is no such alert."""

    def __init__(self, alert_id: object) -> None:
        self.alert_id = str(alert_id)
        super().__init__(f"There is no alert {alert_id}.")


class NotReady(AlertsError):
    """The preflight found what must not be sent; `stops` says what, and what to do."""

    def __init__(self, stops: list[str]) -> None:
        self.stops = stops
        super().__init__(" ".join(stops))


class OwnApproval(AlertsError):
    """Whoever sent an alert cannot be the second editor who approves it."""

    def __init__(self) -> None:
        super().__init__("You sent this alert yourself: somebody else must approve it.")


class CannotGoOn(AlertsError):
    """Nothing more of this alert may be sent; the message says why."""


class LogUnreadable(AlertsError):
    """The relay's log cannot be read; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The log cannot be read: {why}.")
