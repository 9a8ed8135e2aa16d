"""Collect a topic's coverage in the range of one edition, from alerts and log, as readers may see it now.

What counts is when something was published here: for an alert its Send or approval, for a post the change that
published it, in the order of their commits. A post that an importer backdates is still new to readers.
"""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from stoppress.alerts.digests.edition_ranges import EditionRange, published_changes, released_alerts
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import PostView, build_post_views
from stoppress.delivery.message.digest_content import DigestCandidate
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import filter_outdated
from stoppress.subscribers.models import Topic

MAX_POSTS_PER_BLOG = 200
"""Posts of one live blog that are considered: key events first, then the newest."""


def collect_coverage(topic: Topic, covered: EditionRange) -> list[DigestCandidate]:
    """Return everything that the edition may contain, withdrawn posts included, in no order."""
    alerts = list(_alerts(topic, covered))
    candidates = [_from_alert(alert) for alert in alerts if alert.post_id is None]
    by_blog: dict[int, dict[UUID, Alert]] = {}
    for alert in alerts:
        if alert.blog_id is not None and alert.post_id is not None:
            by_blog.setdefault(alert.blog_id, {})[alert.post_id] = alert
    for blog_id, alerts_by_post in by_blog.items():
        candidates += _from_posts(blog_id, alerts_by_post, ())
    if covered.blog_id is not None:
        candidates += _from_posts(covered.blog_id, {}, _published_posts(covered.blog_id, covered))
    return candidates


def _alerts(topic: Topic, covered: EditionRange) -> QuerySet[Alert]:
    """Return the alerts to the topic that were released and not halted by an editor, oldest first."""
    alerts = released_alerts(topic).filter(
        release_generation__gte=covered.from_generation, release_generation__lt=covered.to_generation
    )
    halted_by_the_log = Exists(filter_outdated(Alert.objects.filter(pk=OuterRef("pk"))))
    return (
        alerts.filter(Q(halted_at__isnull=True) | halted_by_the_log)
        .select_related("blog")
        .order_by("release_generation")
    )


def _published_posts(blog_id: int, covered: EditionRange) -> list[UUID]:
    changes = published_changes(blog_id).filter(seq__gt=covered.after_seq, seq__lte=covered.to_seq)
    newest = changes.filter(post__withdrawn_at__isnull=True).order_by("-post__key_event", "-seq")
    return [post_id for post_id in newest.values_list("post_id", flat=True)[:MAX_POSTS_PER_BLOG] if post_id]


def _from_posts(blog_id: int, alerts: dict[UUID, Alert], post_ids: Iterable[UUID]) -> list[DigestCandidate]:
    """Return candidates for posts. The blog's `seq` is read first, so that a change in between counts as later."""
    blog = LiveBlog.objects.get(pk=blog_id)
    posts = Post.objects.filter(pk__in={*alerts, *post_ids}).select_related("revision")
    return [_from_post(blog, view, alerts.get(view.id)) for view in build_post_views(blog, posts)]


def _from_post(blog: LiveBlog, view: PostView, alert: Alert | None) -> DigestCandidate:
    language = view.content.language or blog.language
    candidate = DigestCandidate(view.published_at, blog.slug, blog.headline, post=view, seq=blog.seq, language=language)
    if alert is None:
        return candidate
    return replace(candidate, at=alert.created_at, headline=alert.headline, summary=alert.summary)


def _from_alert(alert: Alert) -> DigestCandidate:
    """Return the candidate for an alert without a post: about a live blog as a whole, or about none."""
    blog = alert.blog
    slug, headline, language = (blog.slug, blog.headline, blog.language) if blog else ("", "", "")
    candidate = DigestCandidate(alert.created_at, slug, headline, alert.headline, alert.summary, language=language)
    return replace(candidate, seq=alert.seq or 0)
