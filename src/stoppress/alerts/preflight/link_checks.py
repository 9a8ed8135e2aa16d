"""Where the links of a mail lead. Own pages are asked for through `answer`; other people's are never fetched."""

import re
from collections.abc import Callable

from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, stop, warning

URL_PATTERN = re.compile(r"https?://[^\s<>\"'”]+")
TOKEN_PATH_PATTERN = re.compile(r"/alerts/[a-z]+/.+")
"""Each reader's own: in a sample they lead to nobody, so that nothing can be asked of them."""
GONE_STATUSES = (404, 410)
"""Statuses of a page that is not there, or not any more."""
PageStatus = Callable[[str], int | None]
"""The HTTP status with which this site answers a GET of a path; None if that cannot be judged from within."""


def check_links(text: str, html: str, public_url: str, answer: PageStatus) -> list[PreflightFinding]:
    """Findings about every address in both parts."""
    found = dict.fromkeys(address.rstrip(".,;:)") for address in URL_PATTERN.findall(f"{text}\n{html_urls(html)}"))
    base = public_url.rstrip("/")
    own = [address.removeprefix(base) or "/" for address in found if is_own_url(address, base)]
    foreign = [address for address in found if not is_own_url(address, base)]
    statuses = {path: answer(path) for path in own if not TOKEN_PATH_PATTERN.match(path)}
    return [*_own(len(own), statuses), *_foreign(foreign)]


def is_own_url(address: str, base: str) -> bool:
    """Whether it is an address of this site."""
    return address == base or address.startswith((f"{base}/", f"{base}?", f"{base}#"))


def html_urls(html: str) -> str:
    """The targets of links and pictures, one on each line."""
    return "\n".join(re.findall(r"(?:href|src)=\"([^\"]+)\"", html))


def _own(count: int, statuses: dict[str, int | None]) -> list[PreflightFinding]:
    gone = [path for path, status in statuses.items() if status in GONE_STATUSES]
    refused = [(path, status) for path, status in statuses.items() if status and status >= 400 and status not in GONE_STATUSES]
    unknown = [path for path, status in statuses.items() if status is None]
    if gone:
        return [stop("Links", f"This page does not answer: {gone[0]}", "Publish it first, or send another post.")]
    found: list[PreflightFinding] = []
    if refused:
        says = f"Readers get {refused[0][1]} instead of this page: {refused[0][0][:100]}"
        found.append(warning("Links", says, "Open it in a private window, and take the link out if it stays so."))
    if unknown:
        paths = ", ".join(path[:60] for path in unknown[:3])
        do = "Open them in a private window: readers have no log-in here."
        found.append(note("Other pages of this site", f"Not checked: {paths}", do))
    return found or [fine("Links", f"{count} links, and each page answers.")]


def _foreign(addresses: list[str]) -> list[PreflightFinding]:
    if not addresses:
        return []
    do = "Open them yourself. This server fetches no other sites’ pages."
    return [note("Other sites", f"Not checked: {', '.join(address[:60] for address in addresses[:3])}", do)]
