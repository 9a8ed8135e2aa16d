"""Check the links of a mail. Our own pages are requested through `page_status`; other sites' are never fetched."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, stop, warning

URL_PATTERN = re.compile(r"https?://[^\s<>\"'”]+")
AFTER_URL = re.compile(r"[^\x21-\x7e].*|[^\w/#=&%~$+@-]+$", re.ASCII | re.DOTALL)
"""Quotation marks, brackets and words behind an address in a text: addresses of our pages are ASCII."""
TOKEN_PATH_PATTERN = re.compile(r"/alerts/[a-z]+/.+")
"""Links with a subscriber's token. A sample mail has none that works, so they are not requested."""
GONE_STATUSES = (404, 410)
PageStatus = Callable[[str], int | None]
"""Returns the HTTP status of a GET of a path on this site; None if it cannot be determined from inside."""


def check_links(text: str, html: str, public_url: str, page_status: PageStatus) -> list[PreflightFinding]:
    """Return findings about every URL in both parts of a mail."""
    urls = dict.fromkeys(url.rstrip(".,;:)") for url in URL_PATTERN.findall(f"{text}\n{html_urls(html)}"))
    base = public_url.rstrip("/")
    own_paths = dict.fromkeys(own_path(url, base) for url in urls if is_own_url(url, base))
    foreign = [url for url in urls if not is_own_url(url, base)]
    statuses = {path: page_status(path) for path in own_paths if not TOKEN_PATH_PATTERN.match(path)}
    return [*_check_own(len(own_paths), statuses), *_check_foreign(foreign)]


def is_own_url(url: str, base: str) -> bool:
    """Return True if `url` is on this site."""
    rest = url.removeprefix(base)
    return url.startswith(base) and not rest[:1].isalnum() and AFTER_URL.sub("", rest)[:1] in ("", "/", "?", "#")


def own_path(url: str, base: str) -> str:
    """Return path and query of a page of this site, without what a text has behind its address."""
    return AFTER_URL.sub("", url.removeprefix(base)) or "/"


def html_urls(html: str) -> str:
    """Return the targets of links and pictures, one on each line."""
    return "\n".join(re.findall(r"(?:href|src)=\"([^\"]+)\"", html))


def _check_own(count: int, statuses: dict[str, int | None]) -> list[PreflightFinding]:
    missing_paths = [path for path, status in statuses.items() if status in GONE_STATUSES]
    failed_paths = [
        (path, status) for path, status in statuses.items() if status and status >= 400 and status not in GONE_STATUSES
    ]
    unchecked_paths = [path for path, status in statuses.items() if status is None]
    if missing_paths:
        return [
            stop(
                _("Links"),
                _("This page does not exist: {page}").format(page=missing_paths[0]),
                _("Publish it first, or send another post."),
            )
        ]
    findings: list[PreflightFinding] = []
    if failed_paths:
        message = _("Readers get {status} instead of this page: {page}").format(
            status=failed_paths[0][1], page=failed_paths[0][0][:100]
        )
        advice = _("Open it in a private window. Remove the link if the error remains.")
        findings.append(warning(_("Links"), message, advice))
    if unchecked_paths:
        paths = ", ".join(path[:60] for path in unchecked_paths[:3])
        advice = _("Open them in a private window: readers have no log-in here.")
        findings.append(note(_("Other pages of this site"), _("Not checked: {paths}").format(paths=paths), advice))
    return findings or [fine(_("Links"), _("{count} links, and each page answers.").format(count=count))]


def _check_foreign(urls: list[str]) -> list[PreflightFinding]:
    if not urls:
        return []
    advice = _("Open them yourself. This server fetches no other sites’ pages.")
    return [
        note(_("Other sites"), _("Not checked: {paths}").format(paths=", ".join(url[:60] for url in urls[:3])), advice)
    ]
