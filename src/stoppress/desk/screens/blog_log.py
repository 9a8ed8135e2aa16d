"""The log of a live blog for editors: changes of posts and decisions about alerts, filtered, and as CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from stoppress.alerts.models import Decision
from stoppress.alerts.receipts.decision_history import decision_text
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.desk.access.people import display_names
from stoppress.desk.models import PostAct, PostActKind
from stoppress.desk.screens.change_text import change_text
from stoppress.runtime.clock import iso

PAGE_SIZE = 200
KINDS = ("posts", "alerts")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be a formula in a spreadsheet."""


@dataclass(frozen=True)
class LogFilter:
    """Which acts to show: by log-in name and by kind (`posts`, `alerts`). Empty: all."""

    by: str = ""
    kind: str = ""


@dataclass(frozen=True)
class LogEntry:
    """One act: its time, person (log-in name and display name), what was done, and to what, with a link."""

    at: datetime
    by: str
    name: str
    text: str
    subject: str
    url: str


def blog_log(blog: LiveBlog, wanted: LogFilter, limit: int | None) -> list[LogEntry]:
    """Return the acts of a live blog that `wanted` selects, the newest first; at most `limit`, None means all."""
    sources = (_post_entries, _act_entries, _alert_entries)
    entries = [entry for source in sources for entry in source(blog, wanted, limit)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[:limit]


def people_in_log(blog: LiveBlog) -> dict[str, str]:
    """Return log-in name and display name of each person in the log, by display name."""
    names = set(Change.objects.filter(blog=blog).values_list("by", flat=True).distinct())
    names |= set(Decision.objects.filter(alert__blog=blog).values_list("by", flat=True).distinct())
    names |= set(PostAct.objects.filter(blog=blog).values_list("by", flat=True).distinct())
    return dict(sorted(display_names(names).items(), key=lambda item: item[1].casefold()))


def log_as_csv(blog: LiveBlog, wanted: LogFilter) -> str:
    """Return the whole selected log as CSV with a header. Times are UTC."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["at", "by", "name", "act", "subject", "url"])
    for entry in blog_log(blog, wanted, limit=None):
        writer.writerow([iso(entry.at), *map(_cell, (entry.by, entry.name, entry.text, entry.subject, entry.url))])
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _post_entries(blog: LiveBlog, wanted: LogFilter, limit: int | None) -> Iterator[LogEntry]:
    if wanted.kind not in ("", "posts"):
        return
    rows = Change.objects.filter(blog=blog, **_conditions(wanted)).select_related("post__revision").order_by("-seq")
    changes = list(rows[:limit])
    names = display_names(change.by for change in changes)
    for change in changes:
        post = change.post
        subject = (post.revision.headline or str(post.pk)) if post and post.revision else blog.headline
        url = f"/desk/live/{blog.slug}/posts/{post.pk}/history" if post else f"/desk/live/{blog.slug}"
        yield LogEntry(change.at, change.by, names[change.by], change_text(change), subject, url)


def _act_entries(blog: LiveBlog, wanted: LogFilter, limit: int | None) -> Iterator[LogEntry]:
    if wanted.kind not in ("", "posts"):
        return
    acts = list(PostAct.objects.filter(blog=blog, **_conditions(wanted)).order_by("-at", "-pk")[:limit])
    names = display_names(act.by for act in acts)
    published = set(Post.objects.filter(pk__in={act.post_id for act in acts}).values_list("pk", flat=True))
    for act in acts:
        place = f"posts/{act.post_id}/history" if act.post_id in published else _waiting_place(act)
        text = f"{act.get_kind_display()}: {act.note}" if act.note else act.get_kind_display()
        yield LogEntry(act.at, act.by, names[act.by], text, act.title, f"/desk/live/{blog.slug}/{place}")


def _waiting_place(act: PostAct) -> str:
    is_scheduled = act.kind in (PostActKind.SCHEDULED, PostActKind.CANCELLED, PostActKind.FAILED)
    return f"scheduled/{act.post_id}" if is_scheduled else f"submitted/{act.post_id}"


def _alert_entries(blog: LiveBlog, wanted: LogFilter, limit: int | None) -> Iterator[LogEntry]:
    if wanted.kind not in ("", "alerts"):
        return
    rows = Decision.objects.filter(alert__blog=blog, **_conditions(wanted)).select_related("alert")
    decisions = list(rows.order_by("-at", "-pk")[:limit])
    names = display_names(decision.by for decision in decisions)
    for decision in decisions:
        url = f"/desk/live/{blog.slug}/alerts/{decision.alert_id}"
        name = names[decision.by]
        yield LogEntry(decision.at, decision.by, name, decision_text(decision), decision.alert.subject, url)


def _conditions(wanted: LogFilter) -> dict[str, str]:
    return {"by": wanted.by} if wanted.by else {}
