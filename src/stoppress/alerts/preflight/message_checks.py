"""Check the bytes of a mail as receiving servers and mail programs see it. Pure."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from stoppress.alerts.actions.send_request import PHONE_SUBJECT_LENGTH
from stoppress.alerts.preflight.findings import PreflightFinding, fine, note, run_check, stop, warning
from stoppress.alerts.preflight.receivers import Receivers
from stoppress.delivery.message.build_message import MAX_MESSAGE_BYTES

MIN_TEXT_LENGTH = 40
SHOUTING_PATTERN = re.compile(r"[A-Z]{4,}.*[A-Z]{4,}.*[A-Z]{4,}|!!")


class PictureCollector(HTMLParser):
    """Collects the pictures of an HTML part: URL and alternative text of each, None if it has none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pictures: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Store a picture; called by html.parser for each element."""
        if tag == "img":
            attributes = dict(attrs)
            self.pictures.append((attributes.get("src") or "", attributes.get("alt")))


def check_message(raw: bytes) -> list[PreflightFinding]:
    """Return all findings about one finished mail."""
    mail = message_from_bytes(raw, policy=policy.default)
    headers = str(mail["List-Unsubscribe"] or ""), str(mail["List-Unsubscribe-Post"] or "")
    checks: dict[str, Callable[[], PreflightFinding]] = {
        _("Subject"): lambda: check_subject(str(mail["Subject"] or "")),
        _("Size"): lambda: check_size(len(raw)),
        _("Plain text"): lambda: check_plain_text(_part(mail, "plain")),
        _("Pictures"): lambda: check_pictures(PictureCollector(_part(mail, "html")).pictures),
        _("Unsubscribe"): lambda: check_unsubscribe_headers(*headers),
    }
    return [finding for name, check in checks.items() for finding in run_check(name, check)]


def check_subject(subject: str) -> PreflightFinding:
    """Check that a phone shows all of the subject, and that it has few capitals and exclamation marks."""
    if SHOUTING_PATTERN.search(subject):
        advice = _("Capitals and exclamation marks look like spam to filters and readers.")
        return warning(_("Subject"), _("It shouts."), advice)
    if len(subject) > PHONE_SUBJECT_LENGTH:
        shown = subject[:PHONE_SUBJECT_LENGTH].rstrip()
        message = _("{number} characters. A phone shows about {limit}: “{shown}…”").format(
            number=len(subject), limit=PHONE_SUBJECT_LENGTH, shown=shown
        )
        return note(_("Subject"), message, _("Make sure that these words are enough."))
    return fine(_("Subject"), _("{number} characters. A phone shows all of them.").format(number=len(subject)))


def check_size(size: int) -> PreflightFinding:
    """Check that Gmail shows the whole mail: above 102 kB it cuts the end off, with the unsubscribe link."""
    limit = MAX_MESSAGE_BYTES // 1000
    if size > MAX_MESSAGE_BYTES:
        message = _("{size} kB: above {limit} kB Gmail cuts it off, and the unsubscribe link with it.").format(
            size=f"{size / 1000:.0f}", limit=limit
        )
        return stop(_("Size"), message, _("Shorten the text."), receivers=Receivers.CLIPPED)
    return fine(_("Size"), _("{size} kB; Gmail cuts off at {limit} kB.").format(size=f"{size / 1000:.0f}", limit=limit))


def check_plain_text(text: str) -> PreflightFinding:
    """Check that there is a part for readers without HTML."""
    if len(text.strip()) < MIN_TEXT_LENGTH:
        return stop(
            _("Plain text"), _("The plain-text part is missing."), _("Inform the operator of this installation.")
        )
    return fine(_("Plain text"), _("Present, with all links."))


def check_pictures(pictures: list[tuple[str, str | None]]) -> PreflightFinding:
    """Check that each picture has an alternative text."""
    if any(alt is None or not alt.strip() for _, alt in pictures):
        advice = _("Describe it where it is used: edit the post, or the newsroom’s settings for the logo.")
        return stop(_("Pictures"), _("A picture has no description."), advice)
    return fine(_("Pictures"), _("Each has a description.") if pictures else _("None."))


def check_unsubscribe_headers(unsubscribe: str, post: str) -> PreflightFinding:
    """Check that mail programs can offer one-click unsubscribe (RFC 8058 §3.1)."""
    https = re.search(r"<(https?)://[^>]+>", unsubscribe)
    if not https or "List-Unsubscribe=One-Click" not in post:
        advice = _("Inform the operator of this installation: Gmail and Yahoo require them.")
        message = _("The headers for unsubscribing with one click are missing.")
        return stop(_("Unsubscribe"), message, advice, receivers=Receivers.NO_ONE_CLICK)
    if https[1] != "https":
        advice = _("Set STOPPRESS_PUBLIC_URL to the https address of this site.")
        message = _("One click, but not over https: mail programs will not offer it.")
        return warning(_("Unsubscribe"), message, advice, receivers=Receivers.NO_ONE_CLICK)
    return fine(_("Unsubscribe"), _("One click, by page or by mail."))


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""
