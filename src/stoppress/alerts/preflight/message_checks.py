"""The bytes of a mail, looked at as a receiving server and a mail program will. Pure."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from stoppress.alerts.actions.send_request import PHONE_SUBJECT_LENGTH
from stoppress.alerts.preflight.findings import PreflightFinding, fine, run_check, note, stop, warning
from stoppress.delivery.message.build_message import MAX_MESSAGE_BYTES

MIN_TEXT_LENGTH = 40
SHOUTING_PATTERN = re.compile(r"[A-Z]{4,}.*[A-Z]{4,}.*[A-Z]{4,}|!!")


class PictureCollector(HTMLParser):
    """The pictures of an HTML part: each one's address and alternative text, None where it has none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """html.parser: one element."""
        if tag == "img":
            given = dict(attrs)
            self.found.append((given.get("src") or "", given.get("alt")))


def check_message(raw: bytes) -> list[PreflightFinding]:
    """All findings about one finished copy."""
    mail = message_from_bytes(raw, policy=policy.default)
    checks: dict[str, Callable[[], PreflightFinding]] = {
        "Subject": lambda: check_subject(str(mail["Subject"] or "")),
        "Size": lambda: check_size(len(raw)),
        "Plain text": lambda: check_plain_text(_part(mail, "plain")),
        "PictureCollector": lambda: check_pictures(PictureCollector(_part(mail, "html")).found),
        "Leaving": lambda: check_unsubscribe_headers(str(mail["List-Unsubscribe"] or ""), str(mail["List-Unsubscribe-Post"] or "")),
    }
    return [finding for name, check in checks.items() for finding in run_check(name, check)]


def check_subject(subject: str) -> PreflightFinding:
    """Whether a phone shows all of it, and whether it shouts."""
    if SHOUTING_PATTERN.search(subject):
        return warning("Subject", "It shouts.", "Capitals and exclamation marks look like spam to filters and readers.")
    if len(subject) > PHONE_SUBJECT_LENGTH:
        seen = subject[:PHONE_SUBJECT_LENGTH].rstrip()
        says = f"{len(subject)} characters. A phone shows about {PHONE_SUBJECT_LENGTH}: “{seen}…”"
        return note("Subject", says, "See to it that these words are enough.")
    return fine("Subject", f"{len(subject)} characters, all of them seen on a phone.")


def check_size(size: int) -> PreflightFinding:
    """Above 102 kB Gmail cuts a message off, and with it the way out."""
    if size > MAX_MESSAGE_BYTES:
        says = (
            f"{size / 1000:.0f} kB: above {MAX_MESSAGE_BYTES // 1000} kB Gmail cuts it off, and the way to unsubscribe with it."
        )
        return stop("Size", says, "Shorten the text.")
    return fine("Size", f"{size / 1000:.0f} kB; Gmail cuts off at {MAX_MESSAGE_BYTES // 1000} kB.")


def check_plain_text(text: str) -> PreflightFinding:
    """Whether the part for those who read no HTML is there."""
    if len(text.strip()) < MIN_TEXT_LENGTH:
        return stop("Plain text", "The plain-text part is missing.", "Tell whoever looks after this installation.")
    return fine("Plain text", "There, with all links.")


def check_pictures(pictures: list[tuple[str, str | None]]) -> PreflightFinding:
    """Whether each picture says what it shows."""
    if any(alt is None or not alt.strip() for _, alt in pictures):
        do = "Describe it where it is used: edit the post, or the newsroom’s settings for the logo."
        return stop("PictureCollector", "A picture does not say what it shows.", do)
    return fine("PictureCollector", "None." if not pictures else "Each says what it shows.")


def check_unsubscribe_headers(unsubscribe: str, post: str) -> PreflightFinding:
    """Whether a mail program can offer to leave with one click (RFC 8058 3.1)."""
    https = re.search(r"<(https?)://[^>]+>", unsubscribe)
    if not https or "List-Unsubscribe=One-Click" not in post:
        do = "Tell whoever looks after this installation: Gmail and Yahoo ask for it."
        return stop("Leaving", "The headers that let readers leave with one click are missing.", do)
    if https[1] != "https":
        do = "Set STOPPRESS_PUBLIC_URL to the https address of this site."
        return warning("Leaving", "One click, but not over https: mail programs will not offer it.", do)
    return fine("Leaving", "One click, by page or by mail.")


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""
