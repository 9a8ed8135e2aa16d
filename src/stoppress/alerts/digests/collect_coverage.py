"""Collect a topic's coverage in the time of one edition, from alerts and log, as readers may see it now.

The time that counts is when something was published here: for an alert the time of its approval, for a post the
change that published it. A post that an importer backdates is still new to readers.
"""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from stoppress.alerts.digests.editions import Edition
from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.public_posts import PostView, build_post_views
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.digest_content import DigestCandidate
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.halt import filter_outdated
from stoppress.subscribers.models import Topic

MAX_POSTS_PER_BLOG = 200
"""Posts of one live blog that are considered: key events first, then the newest."""


def collect_coverage(topic: Topic, edition: Edition) -> list[DigestCandidate]:
    """Return everything that the edition may contain, withdrawn posts included, in no order."""
    alerts = list(_alerts(topic, edition))
    candidates = [_from_alert(alert) for alert in alerts if alert.post_id is None]
    by_blog: dict[int, dict[UUID, Alert]] = {}
    for alert in alerts:
        if alert.blog_id is not None and alert.post_id is not None:
            by_blog.setdefault(alert.blog_id, {})[alert.post_id] = alert
    for blog_id, alerts_by_post in by_blog.items():
        candidates += _from_posts(blog_id, alerts_by_post, ())
    if topic.blog_id is not None:
        candidates += _from_posts(topic.blog_id, {}, _published_posts(topic.blog_id, edition))
    return candidates


def _alerts(topic: Topic, edition: Edition) -> QuerySet[Alert]:
    """Return the alerts to the topic that were approved and not halted by an editor, oldest first."""
    alerts = Alert.objects.filter(topic=topic).exclude(urgency=Urgency.DIGEST)
    alerts = alerts.annotate(out_at=Coalesce("approved_at", "created_at"))
    alerts = alerts.filter(Q(needs_approval=False) | Q(approved_at__isnull=False))
    alerts = alerts.filter(out_at__gt=edition.since, out_at__lte=edition.at)
    halted_by_the_log = Exists(filter_outdated(Alert.objects.filter(pk=OuterRef("pk"))))
    return alerts.filter(Q(halted_at__isnull=True) | halted_by_the_log).select_related("blog").order_by("out_at")


def _published_posts(blog_id: int, edition: Edition) -> list[UUID]:
    changes = Change.objects.filter(
        blog_id=blog_id, kind=ChangeKind.PUBLISHED, at__gt=edition.since, at__lte=edition.at
    )
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
