"""Query the alerts that were sent, and count the recipients of a new one."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from stoppress.alerts.audience import count_instant
from stoppress.alerts.errors import AlertNotFoundError
from stoppress.coverage.models import LiveBlog
from stoppress.delivery.choices import Urgency
from stoppress.delivery.models import Alert
from stoppress.subscribers.models import Topic


def count_recipients(topic: Topic, blog: LiveBlog | None = None) -> int:
    """Return the number of recipients of an alert to `topic` about `blog`, if it were sent now."""
    return count_instant(topic, blog)


def find_alert(blog: LiveBlog, alert_id: UUID | str) -> Alert:
    """Return one alert of a live blog, with all that its pages show. Raises AlertNotFoundError."""
    try:
        return Alert.objects.select_related("topic", "blog", "post", "picture", "corrects").get(blog=blog, pk=alert_id)
    except (Alert.DoesNotExist, ValidationError, ValueError) as error:
        raise AlertNotFoundError(alert_id) from error


def find_digest(digest_id: UUID | str) -> Alert:
    """Return one digest, with all that its pages show. Raises AlertNotFoundError."""
    try:
        return digests().get(pk=digest_id)
    except (Alert.DoesNotExist, ValidationError, ValueError) as error:
        raise AlertNotFoundError(digest_id) from error


def digests() -> QuerySet[Alert]:
    """Return all digests, newest first."""
    return _alerts().filter(urgency=Urgency.DIGEST)


def alerts_of_post(post_id: UUID | str) -> list[Alert]:
    """Return the alerts about one post, newest first."""
    try:
        return list(_alerts().filter(post_id=post_id))
    except (ValidationError, ValueError):
        return []


def recent_alerts(limit: int = 20) -> list[Alert]:
    """Return the newest alerts of all live blogs."""
    return list(_alerts()[:limit])


def _alerts() -> QuerySet[Alert]:
    return Alert.objects.select_related("topic", "blog", "post").order_by("-created_at")
