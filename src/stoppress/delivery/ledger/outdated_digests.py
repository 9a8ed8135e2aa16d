"""Find digests that are no longer true: the post of an item was corrected or withdrawn after they were compiled.

The unsent deliveries of such a digest are halted before the next window, as those of an alert about one post.
"""

from collections.abc import Iterable
from uuid import UUID

from stoppress.coverage.models import Change
from stoppress.delivery.choices import OUTDATING_CHANGES
from stoppress.delivery.message.digest_content import find_item_posts
from stoppress.delivery.models import Alert


def find_outdated_digests(alerts: Iterable[Alert]) -> list[Alert]:
    """Return those of `alerts` (loaded with their items) with an item whose post was corrected or withdrawn since."""
    digests = {alert.pk: (alert, find_item_posts(alert.items)) for alert in alerts}
    posts = {UUID(post) for _, items in digests.values() for post in items}
    if not posts:
        return []
    later: dict[str, int] = {}
    for post_id, seq in Change.objects.filter(post__in=posts, kind__in=OUTDATING_CHANGES).values_list("post_id", "seq"):
        later[str(post_id)] = max(seq, later.get(str(post_id), 0))
    return [alert for alert, items in digests.values() if any(later.get(post, 0) > seq for post, seq in items.items())]
