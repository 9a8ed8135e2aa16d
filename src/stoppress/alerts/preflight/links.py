"""Where the links of a mail lead. Own pages are asked for through `answer`; other people's are never fetched."""

import re
from collections.abc import Callable

from stoppress.alerts.preflight.findings import Finding, fine, note, stop

ADDRESS = re.compile(r"https?://[^\s<>\"'”]+")
PRIVATE = re.compile(r"/alerts/[a-z]+/.+")
"""Each reader's own: in a sample they lead to nobody, so that nothing can be asked of them."""
Answer = Callable[[str], int]
"""The HTTP status with which this site answers a GET of a path."""


def check_links(text: str, html: str, public_url: str, answer: Answer) -> list[Finding]:
    """Findings about every address in both parts."""
    found = dict.fromkeys(address.rstrip(".,;:)") for address in ADDRESS.findall(f"{text}\n{html_links(html)}"))
    base = public_url.rstrip("/")
    own = [address.removeprefix(base) or "/" for address in found if is_own(address, base)]
    foreign = [address for address in found if not is_own(address, base)]
    dead = [path for path in own if not PRIVATE.match(path) and answer(path) >= 400]
    return [*_own(own, dead), *_foreign(foreign)]


def is_own(address: str, base: str) -> bool:
    """Whether it is an address of this site."""
    return address == base or address.startswith((f"{base}/", f"{base}?", f"{base}#"))


def html_links(html: str) -> str:
    """The targets of links and pictures, one on each line."""
    return "\n".join(re.findall(r"(?:href|src)=\"([^\"]+)\"", html))


def _own(paths: list[str], dead: list[str]) -> list[Finding]:
    if dead:
        return [stop("Links", f"This page does not answer: {dead[0]}", "Publish it first, or send another post.")]
    return [fine("Links", f"{len(paths)} links, and each page answers.")]


def _foreign(addresses: list[str]) -> list[Finding]:
    if not addresses:
        return []
    do = "Open them yourself. This server fetches no other sites’ pages."
    return [note("Other sites", f"Not checked: {', '.join(address[:60] for address in addresses[:3])}", do)]
