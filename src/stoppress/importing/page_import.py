"""Bring a page that was read into coverage, all of it or nothing. An import never alerts anyone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.choices import BlogState
from stoppress.coverage.html_sanitiser import paragraphs_to_html, html_to_text
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.coverage.post_order import positions_between
from stoppress.importing.errors import ImportRefusedError
from stoppress.importing.match_posts import ImportedPost, ImportPlan, plan_import, text_digest, order_newest_first, headline_key, is_same_page
from stoppress.importing.parsed_page import ParsedPage, ParsedPost

IMPORT_AUTHOR = "import"


class ImportSlugTakenError(ImportRefusedError):
    """The slug that was asked for belongs to other coverage."""


@dataclass(frozen=True)
class ImportResult:
    """What an import did. `changed` are posts whose text is different now: reported, not applied."""

    slug: str
    opened: bool
    added: int
    same: int
    changed: tuple[str, ...] = ()
    header_changes: tuple[str, ...] = field(default=())

    def report(self) -> dict[str, object]:
        """JSON-ready values."""
        return {
            "slug": self.slug,
            "opened": self.opened,
            "added": self.added,
            "same": self.same,
            "changed": list(self.changed),
            "head_changed": list(self.header_changes),
        }


def import_page(page: ParsedPage, *, zone: str, state: BlogState, now: datetime, slug_given: bool = False) -> ImportResult:
    """Import `page`: as a new live blog, or as a fuller copy of one that is known by its posts.

    Raises AddressTaken if `slug_given` and the slug belongs to other coverage.
    """
    with transaction.atomic():
        blog, plan = _known_copy(page)
        if blog is not None:
            return _add_new(blog, page, plan, now)
        return _open(page, zone, state, now, slug_given)


def _open(page: ParsedPage, zone: str, state: BlogState, now: datetime, slug_given: bool) -> ImportResult:
    blog = open_blog(
        slug=_free_slug(page.slug, slug_given),
        headline=page.headline[:300],
        standfirst="\n\n".join(page.standfirst),
        zone=zone,
        state=state,
        state_at=max(post.published_at for post in page.posts) if state == BlogState.ENDED else now,
        by=IMPORT_AUTHOR,
        now=now,
    )
    for post in reversed(order_newest_first(list(page.posts))):
        _publish(blog, post, None, now)
    return ImportResult(blog.slug, True, len(page.posts), 0)


def _add_new(blog: LiveBlog, page: ParsedPage, plan: ImportPlan, now: datetime) -> ImportResult:
    for above, run in groupby(plan.new, key=lambda item: item[1]):
        posts = [post for post, _ in run]
        places = positions_between(*_room(blog, above, plan), len(posts))
        for post, place in zip(reversed(posts), places, strict=True):
            _publish(blog, post, place, now)
    changed = tuple(post.headline or known.headline or known.text[:60] for known, post in plan.changed)
    return ImportResult(blog.slug, False, len(plan.new), len(plan.same), changed, _head_changed(blog, page))


def _room(blog: LiveBlog, above: ImportedPost | None, plan: ImportPlan) -> tuple[int | None, int | None]:
    """Between which positions a run of new posts goes: right below `above`, or over the highest that is known."""
    places = Post.objects.filter(blog=blog).order_by("position").values_list("position", flat=True)
    if above is not None:
        return places.filter(position__lt=above.position).last(), above.position
    highest = max(known.position for known in [*plan.same, *(known for known, _ in plan.changed)])
    return highest, places.filter(position__gt=highest).first()


def _publish(blog: LiveBlog, post: ParsedPost, place: int | None, now: datetime) -> None:
    content = Content(headline=post.headline, body=paragraphs_to_html(post.paragraphs), bylines=post.bylines)
    publish(
        blog.slug,
        content,
        by=IMPORT_AUTHOR,
        now=now,
        labels=post.labels,
        published_at=post.published_at,
        position=place,
        origin=(headline_key(post), text_digest(post)),
    )


def _known_copy(page: ParsedPage) -> tuple[LiveBlog | None, ImportPlan]:
    """The live blog that an earlier copy of this page made, whatever its slug; the best match wins."""
    best: tuple[int, LiveBlog | None, ImportPlan] = (0, None, ImportPlan((), (), ()))
    for blog in _candidates(page.posts):
        known = _imported(blog)
        plan = plan_import(page.posts, known)
        matched = len(plan.same) + len(plan.changed)
        if is_same_page(plan, page.posts, known) and matched > best[0]:
            best = (matched, blog, plan)
    return best[1], best[2]


def _candidates(posts: Sequence[ParsedPost]) -> list[LiveBlog]:
    found: set[int] = set()
    for start in range(0, len(posts), 200):
        part = posts[start : start + 200]
        alike = Q(origin_key__in=[headline_key(post) for post in part]) | Q(
            origin_digest__in=[text_digest(post) for post in part]
        )
        found.update(Post.objects.filter(alike).exclude(origin_key="").values_list("blog_id", flat=True))
    return list(LiveBlog.objects.filter(pk__in=found).order_by("pk"))


def _imported(blog: LiveBlog) -> list[ImportedPost]:
    posts = Post.objects.filter(blog=blog).exclude(origin_key="").prefetch_related("revisions")
    return [_as_it_came(post) for post in posts]


def _as_it_came(post: Post) -> ImportedPost:
    first = min(post.revisions.all(), key=lambda revision: revision.number)
    return ImportedPost(
        id=post.pk,
        headline_key=post.origin_key,
        digest=post.origin_digest,
        published_at=post.published_at,
        headline=first.headline,
        text=html_to_text(first.body),
        position=post.position,
    )


def _head_changed(blog: LiveBlog, page: ParsedPage) -> tuple[str, ...]:
    changed = ["headline"] if page.headline_given and page.headline != blog.headline else []
    if page.standfirst and list(page.standfirst) != blog.paragraphs:
        changed.append("standfirst")
    return tuple(changed)


def _free_slug(slug: str, given: bool) -> str:
    taken = set(LiveBlog.objects.filter(slug__startswith=slug[:70]).values_list("slug", flat=True))
    if slug not in taken:
        return slug
    if given:
        raise ImportSlugTakenError(f"There is already other coverage at “{slug}”; choose another --slug.")
    return next(name for name in (f"{slug[:70]}-{turn}" for turn in range(2, 10_000)) if name not in taken)
