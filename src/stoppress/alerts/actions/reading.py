"""What was sent, and to how many it would go."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from stoppress.alerts.models import Alert, Topic
from stoppress.alerts.topics import in_force


def count_recipients(topic: Topic) -> int:
    """How many an alert to `topic` would go to now."""
    return in_force(topic).count()


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
