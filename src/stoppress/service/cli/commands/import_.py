"""`stoppress import FILE|-`: import a live page and account for every line of it."""

import json
import sys
from argparse import Namespace, _SubParsersAction
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from stoppress.runtime.clock import utc_now
from stoppress.service.django_setup import check_database, migrate, set_up
from stoppress.service.errors import CommandError

MAX_FILE_BYTES = 10 * 1024 * 1024
PROGRESS_STEP = 100
STATES = ["planned", "live", "quiet", "paused", "ended"]


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = commands.add_parser("import", help="import a live page", description=__doc__)
    command.add_argument("file", metavar="FILE", help="the page; - reads standard input")
    command.add_argument("--format", choices=["auto", "text"], default="auto", help="default: %(default)s")
    command.add_argument("--slug", default="", help="address of the live blog; default: made from the headline")
    command.add_argument("--title", default="", help="headline, in place of the page's own or the proposed one")
    command.add_argument("--zone", default="", help="IANA time zone of the page's times; default: STOPPRESS_TIME_ZONE")
    command.add_argument(
        "--date", default="", help="day of the post at the top, such as 2011-08-16, if the page has none"
    )
    command.add_argument("--author", default="", help="byline of posts that have none")
    command.add_argument("--state", choices=STATES, default="ended", help="default: %(default)s")
    command.add_argument("--separate", action="store_true", help="open a live blog even if a copy was imported before")
    command.add_argument("--dry-run", action="store_true", help="do the same, report, then roll everything back")
    command.add_argument("--report", choices=["words", "json"], default="words", help="default: %(default)s")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Read, import and report; a dry run is an import that is rolled back."""
    set_up()
    from django.conf import settings

    zone = options.zone or settings.DEFAULT_ZONE
    page = _read_page(options, _zone(zone), utc_now())
    outcome = _import_page(options, page, zone)
    if options.dry_run:
        _print_report(
            options,
            page.report(),
            [*_describe_page(page), *_describe_result(outcome), "This was a dry run: nothing was changed."],
        )
        return 0
    _print_report(
        options, page.report() | {"result": outcome.report()}, [*_describe_page(page), *_describe_result(outcome)]
    )
    return 0


def _read_page(options: Namespace, zone: ZoneInfo, now: datetime) -> Any:
    from stoppress.coverage.actions.live_blogs import SLUG_PATTERN
    from stoppress.importing.errors import ImportRefusedError
    from stoppress.importing.plain_text import decode_text, parse_page

    if options.slug and not SLUG_PATTERN.fullmatch(options.slug):
        raise CommandError(
            f"--slug must be small letters, digits and hyphens such as storm-maren, got {options.slug!r}"
        )
    _check_title(options.title)
    day, author = _parse_day(options.date), _check_author(options.author)
    try:
        text, warning = decode_text(_read_bytes(options.file))
        page = parse_page(
            text,
            zone=zone,
            now=now,
            title=options.title or None,
            slug=options.slug or None,
            day=day,
            author=author,
        )
        return replace(page, warnings=(*filter(None, [warning]), *page.warnings))
    except ImportRefusedError as error:
        raise CommandError(f"{options.file}: {error}") from error


def _check_title(title: str) -> None:
    from stoppress.coverage.post_content import MAX_HEADLINE_CHARACTERS

    if len(title) > MAX_HEADLINE_CHARACTERS:
        raise CommandError(f"--title must have at most {MAX_HEADLINE_CHARACTERS} characters, got {len(title)}")
    if len(title.splitlines()) > 1 or title != title.strip("\r\n"):
        raise CommandError("--title must be one line")


def _parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"--date must be a day such as 2011-08-16, got {text!r}") from error


def _check_author(text: str) -> str:
    from stoppress.coverage.post_content import MAX_BYLINE_CHARACTERS

    author = " ".join(text.split())
    if len(author) > MAX_BYLINE_CHARACTERS:
        raise CommandError(f"--author must have at most {MAX_BYLINE_CHARACTERS} characters, got {len(author)}")
    return author


def _read_bytes(name: str) -> bytes:
    try:
        data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1) if name == "-" else _read_file(Path(name))
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror or error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise CommandError(f"{name}: must have at most {MAX_FILE_BYTES // 2**20} MB")
    return data


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _import_page(options: Namespace, page: Any, zone: str) -> Any:
    from stoppress.coverage.choices import BlogState
    from stoppress.coverage.errors import CoverageError
    from stoppress.importing.errors import ImportRefusedError
    from stoppress.importing.page_import import ImportOptions, import_page

    _prepare_database(dry_run=options.dry_run)
    import_options = ImportOptions(
        zone=zone,
        state=BlogState(options.state),
        slug_given=bool(options.slug),
        separate=options.separate,
        dry_run=options.dry_run,
    )
    try:
        return import_page(
            page, import_options, now=utc_now(), progress=_show_progress if sys.stderr.isatty() else None
        )
    except (ImportRefusedError, CoverageError) as error:
        raise CommandError(f"{options.file}: {error} Nothing was imported.") from error


def _show_progress(done: int, total: int) -> None:
    if done % PROGRESS_STEP == 0 or done == total:
        print(f"\r{done} of {total} posts", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _prepare_database(*, dry_run: bool) -> None:
    """Migrate the database; a dry run only creates a new one, and refuses one of another version."""
    from stoppress.service.database.start_check import is_migrated

    if dry_run and is_migrated():
        check_database()
    else:
        migrate()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise CommandError(f"--zone must be an IANA time zone such as Europe/London, got {name!r}") from error


def _print_report(options: Namespace, report: dict[str, object], lines: list[str]) -> None:
    if options.report == "json":
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))


def _describe_page(page: Any) -> list[str]:
    lines = [f"{page.headline}{'' if page.headline_given else '  (proposed)'}"]
    lines += [f"  {post.published_at:%Y-%m-%d %H:%M %Z}  {post.headline or '(no headline)'}" for post in page.posts]
    lines += [f"set aside, line {aside.line}: {aside.text[:70]} ({aside.reason})" for aside in page.set_aside]
    lines += [f"warning: {warning}" for warning in page.warnings]
    lines += [f"read as: {'; next: '.join(f'{way.description} ({way.score:.2f})' for way in page.layout)}"]
    counts = f"{_count(len(page.posts), 'post')}, {_count(len(page.set_aside), 'line')} set aside, {page.lost} lost"
    return [*lines, counts]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _describe_result(outcome: Any) -> list[str]:
    where = f"/live/{outcome.slug}"
    if outcome.opened:
        return [f"Imported as {where}: {_count(outcome.added, 'post')}. No alert was sent."]
    same = _count(outcome.same, "post")
    if not outcome.added:
        lines = [f"Nothing new: {where} already holds this page ({same} the same). Nothing was changed."]
    else:
        added = _count(outcome.added, "post")
        lines = [f"Known as {where}: {added} added, {outcome.same} already there. No alert was sent."]
    lines += [f"changed since, not applied: {headline}" for headline in outcome.changed]
    return lines + [f"changed since, not applied: the page's {part}" for part in outcome.header_changes]
