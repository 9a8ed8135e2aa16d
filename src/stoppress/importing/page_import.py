"""Import a parsed page into coverage: all of it, or nothing. An import never sends alerts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q

from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.choices import BlogState
from stoppress.coverage.errors import CoverageError
from stoppress.coverage.html_sanitiser import html_to_text, paragraphs_to_html
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.coverage.post_order import positions_between
from stoppress.importing.errors import ImportRefusedError
from stoppress.importing.match_posts import (
    ImportedPost,
    ImportPlan,
    headline_key,
    order_newest_first,
    plan_import,
    text_digest,
)
from stoppress.importing.parsed_page import ParsedPage, ParsedPost

IMPORT_AUTHOR = "import"


class ImportSlugTakenError(ImportRefusedError):
    """The requested slug belongs to another live blog."""


class PartialCopyError(ImportRefusedError):
    """The page shares posts with a live blog that has another slug than the one requested."""


class PostRefusedError(ImportRefusedError):
    """A post of the page breaks a limit of posts."""


@dataclass(frozen=True)
class ImportResult:
    """What an import did. `changed` lists posts whose text differs on the page; it is reported, not applied."""

    slug: str
    opened: bool
    added: int
    same: int
    changed: tuple[str, ...] = ()
    header_changes: tuple[str, ...] = field(default=())

    def report(self) -> dict[str, object]:
        """Return the result as JSON-ready values."""
        return {
            "slug": self.slug,
            "opened": self.opened,
            "added": self.added,
            "same": self.same,
            "changed": list(self.changed),
            "header_changes": list(self.header_changes),
        }


@dataclass(frozen=True)
class ImportOptions:
    """How to import a page.

    Attributes:
        zone: IANA name of the time zone of a new live blog.
        state: State of a new live blog.
        slug_given: The slug of the page was requested, not made from its headline.
        separate: Open a new live blog even if an earlier copy of the page was imported.
        dry_run: Do everything, then roll it back.
    """

    zone: str
    state: BlogState = BlogState.ENDED
    slug_given: bool = False
    separate: bool = False
    dry_run: bool = False


Progress = Callable[[int, int], None]
"""Called after each post with the number of posts written and the number to write."""


def import_page(
    page: ParsedPage, options: ImportOptions, *, now: datetime, progress: Progress | None = None
) -> ImportResult:
    """Import `page` as a new live blog, or add its new posts to the live blog that an earlier copy created.

    Raises:
        ImportSlugTakenError: if the requested slug belongs to another live blog.
        PartialCopyError: if the page differs from an earlier copy that has another slug than the one requested.
        PostRefusedError: if a post cannot be published.
    """
    with transaction.atomic():
        blog, plan = (None, ImportPlan((), (), ())) if options.separate else _find_earlier_copy(page)
        if blog is None:
            result = _open_new(page, options, now, progress)
        else:
            _check_slug(blog, page, plan, slug_given=options.slug_given)
            result = _add_new(blog, page, plan, now, progress)
        transaction.set_rollback(options.dry_run)
    return result


def _check_slug(blog: LiveBlog, page: ParsedPage, plan: ImportPlan, *, slug_given: bool) -> None:
    if slug_given and page.slug != blog.slug and len(plan.same) < len(page.posts):
        raise PartialCopyError(
            f"{plan.matched} of its {len(page.posts)} posts are already in /live/{blog.slug}. Leave out --slug to add "
            f"the others there, or use --separate to open another live blog at “{page.slug}”."
        )


def _open_new(page: ParsedPage, options: ImportOptions, now: datetime, progress: Progress | None) -> ImportResult:
    blog = open_blog(
        slug=_choose_slug(page.slug, options.slug_given),
        headline=page.headline,
        standfirst="\n\n".join(page.standfirst),
        zone=options.zone,
        state=options.state,
        state_at=max(post.published_at for post in page.posts) if options.state == BlogState.ENDED else now,
        by=IMPORT_AUTHOR,
        now=now,
    )
    for done, post in enumerate(reversed(order_newest_first(list(page.posts))), start=1):
        _publish(blog, post, None, now)
        if progress:
            progress(done, len(page.posts))
    return ImportResult(blog.slug, True, len(page.posts), 0)


def _add_new(
    blog: LiveBlog, page: ParsedPage, plan: ImportPlan, now: datetime, progress: Progress | None
) -> ImportResult:
    done = 0
    for above, run in groupby(plan.new, key=lambda item: item[1]):
        posts = [post for post, _ in run]
        positions = positions_between(*_surrounding_positions(blog, above, plan), len(posts))
        for post, position in zip(reversed(posts), positions, strict=True):
            _publish(blog, post, position, now)
            done += 1
            if progress:
                progress(done, len(plan.new))
    titles = tuple(post.headline or imported.headline or imported.text[:60] for imported, post in plan.changed)
    return ImportResult(blog.slug, False, len(plan.new), len(plan.same), titles, _header_changes(blog, page))


def _surrounding_positions(
    blog: LiveBlog, above: ImportedPost | None, plan: ImportPlan
) -> tuple[int | None, int | None]:
    """Return the positions below and above a run of new posts: right below `above`, or above the highest match."""
    positions = Post.objects.filter(blog=blog).order_by("position").values_list("position", flat=True)
    if above is not None:
        return positions.filter(position__lt=above.position).last(), above.position
    highest = max(post.position for post in [*plan.same, *(post for post, _ in plan.changed)])
    return highest, positions.filter(position__gt=highest).first()


def _publish(blog: LiveBlog, post: ParsedPost, position: int | None, now: datetime) -> None:
    content = Content(headline=post.headline, body=paragraphs_to_html(post.paragraphs), bylines=post.bylines)
    try:
        publish(
            blog.slug,
            content,
            by=IMPORT_AUTHOR,
            now=now,
            labels=post.labels,
            published_at=post.published_at,
            position=position,
            origin=(headline_key(post), text_digest(post)),
        )
    except CoverageError as error:
        raise PostRefusedError(f"the post with its time on line {post.line}: {error}") from error


def _find_earlier_copy(page: ParsedPage) -> tuple[LiveBlog | None, ImportPlan]:
    """Return the live blog that an earlier copy of this page created, whatever its slug; the best match wins."""
    best: tuple[int, LiveBlog | None, ImportPlan] = (0, None, ImportPlan((), (), ()))
    for blog in _candidate_blogs(page.posts):
        plan = plan_import(page.posts, _imported_posts(blog))
        if plan.is_same_page and plan.matched > best[0]:
            best = (plan.matched, blog, plan)
    return best[1], best[2]


def _candidate_blogs(posts: Sequence[ParsedPost]) -> list[LiveBlog]:
    blog_ids: set[int] = set()
    for start in range(0, len(posts), 200):
        part = posts[start : start + 200]
        is_similar = Q(origin_key__in=[headline_key(post) for post in part]) | Q(
            origin_digest__in=[text_digest(post) for post in part]
        )
        blog_ids.update(Post.objects.filter(is_similar).exclude(origin_key="").values_list("blog_id", flat=True))
    return list(LiveBlog.objects.filter(pk__in=blog_ids).order_by("pk"))


def _imported_posts(blog: LiveBlog) -> list[ImportedPost]:
    posts = Post.objects.filter(blog=blog).exclude(origin_key="").prefetch_related("revisions")
    return [_to_imported_post(post) for post in posts]


def _to_imported_post(post: Post) -> ImportedPost:
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


def _header_changes(blog: LiveBlog, page: ParsedPage) -> tuple[str, ...]:
    changed_fields = ["headline"] if page.headline_given and page.headline != blog.headline else []
    if page.standfirst and list(page.standfirst) != blog.paragraphs:
        changed_fields.append("standfirst")
    return tuple(changed_fields)


def _choose_slug(slug: str, slug_given: bool) -> str:
    taken_slugs = set(LiveBlog.objects.filter(slug__startswith=slug[:70]).values_list("slug", flat=True))
    if slug not in taken_slugs:
        return slug
    if slug_given:
        raise ImportSlugTakenError(f"There is already another live blog at “{slug}”; choose another --slug.")
    return next(name for name in (f"{slug[:70]}-{number}" for number in range(2, 10_000)) if name not in taken_slugs)
