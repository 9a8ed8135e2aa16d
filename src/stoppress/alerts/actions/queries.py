"""What was sent, and to how many it would go."""

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
    """How many an alert to `topic` about `blog` would go to now."""
    return count_instant(topic, blog)


def find_alert(blog: LiveBlog, alert_id: UUID | str) -> Alert:
    """One alert of a live blog, ready to be shown; raises AlertIdUnknown."""
    try:
        return Alert.objects.select_related("topic", "blog", "post", "picture", "corrects").get(blog=blog, pk=alert_id)
    except (Alert.DoesNotExist, ValidationError, ValueError) as error:
        raise AlertNotFoundError(alert_id) from error


def find_digest(digest_id: UUID | str) -> Alert:
    """One digest, ready to be shown; raises AlertIdUnknown."""
    try:
        return digests().get(pk=digest_id)
    except (Alert.DoesNotExist, ValidationError, ValueError) as error:
        raise AlertNotFoundError(digest_id) from error


def digests() -> QuerySet[Alert]:
    """All digests, the newest first."""
    return _alerts().filter(urgency=Urgency.DIGEST)


def alerts_of_post(post_id: UUID | str) -> list[Alert]:
    """The alerts made from one post, newest first."""
    try:
        return list(_alerts().filter(post_id=post_id))
    except (ValidationError, ValueError):
        return []


def recent_alerts(limit: int = 20) -> list[Alert]:
    """The newest alerts of all coverage."""
    return list(_alerts()[:limit])


def _alerts() -> QuerySet[Alert]:
    return Alert.objects.select_related("topic", "blog", "post").order_by("-created_at")
