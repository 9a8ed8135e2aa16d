"""A topic's coverage in the time of one edition, read from alerts and log as readers may see it now.

What counts is when something came out here: an alert with its approval, a post with the change that published it. A
post that an importer dates back is new to readers all the same.
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
"""Posts of one live blog looked at: the newest, key events first."""


def collect_coverage(topic: Topic, edition: Edition) -> list[DigestCandidate]:
    """Everything that the edition may tell, withdrawn posts among it; nothing in order."""
    alerts = list(_alerts(topic, edition))
    found = [_of_alert(alert) for alert in alerts if alert.post_id is None]
    blogs = {alert.blog_id: [one for one in alerts if one.blog_id == alert.blog_id] for alert in alerts}
    for blog_id, sent in blogs.items():
        if blog_id is not None:
            found += _of_posts(blog_id, {one.post_id: one for one in sent if one.post_id}, ())
    if topic.blog_id is not None:
        found += _of_posts(topic.blog_id, {}, _published(topic.blog_id, edition))
    return found


def _alerts(topic: Topic, edition: Edition) -> QuerySet[Alert]:
    """What was sent to the topic, agreed to and not stopped by an editor; oldest first."""
    sent = Alert.objects.filter(topic=topic).exclude(urgency=Urgency.DIGEST)
    sent = sent.annotate(out_at=Coalesce("approved_at", "created_at"))
    sent = sent.filter(Q(needs_approval=False) | Q(approved_at__isnull=False))
    sent = sent.filter(out_at__gt=edition.since, out_at__lte=edition.at)
    stopped_by_the_log = filter_outdated(Alert.objects.filter(pk=OuterRef("pk")))
    return sent.filter(Q(halted_at__isnull=True) | Exists(stopped_by_the_log)).select_related("blog").order_by("out_at")


def _published(blog_id: int, edition: Edition) -> list[UUID]:
    changes = Change.objects.filter(blog_id=blog_id, kind=ChangeKind.PUBLISHED, at__gt=edition.since, at__lte=edition.at)
    newest = changes.filter(post__withdrawn_at__isnull=True).order_by("-post__key_event", "-seq")
    return [post_id for post_id in newest.values_list("post_id", flat=True)[:MAX_POSTS_PER_BLOG] if post_id]


def _of_posts(blog_id: int, alerts: dict[UUID, Alert], post_ids: Iterable[UUID]) -> list[DigestCandidate]:
    """The log's end is read before the posts: whatever changes them meanwhile counts as having come later."""
    blog = LiveBlog.objects.get(pk=blog_id)
    posts = Post.objects.filter(pk__in={*alerts, *post_ids}).select_related("revision")
    return [_told(blog, view, alerts.get(view.id)) for view in build_post_views(blog, posts)]


def _told(blog: LiveBlog, view: PostView, alert: Alert | None) -> DigestCandidate:
    language = view.content.language or blog.language
    told = DigestCandidate(view.published_at, blog.slug, blog.headline, post=view, seq=blog.seq, language=language)
    return replace(told, at=alert.created_at, headline=alert.headline, summary=alert.summary) if alert else told


def _of_alert(alert: Alert) -> DigestCandidate:
    """An alert without a post: about a live blog as a whole, or about none."""
    blog = alert.blog
    slug, headline, language = (blog.slug, blog.headline, blog.language) if blog else ("", "", "")
    told = DigestCandidate(alert.created_at, slug, headline, alert.headline, alert.summary, language=language)
    return replace(told, seq=alert.seq or 0)
