"""Bounces and other messages, built from their text and fields."""

import re
from textwrap import dedent

from stoppress.inbound.bounces import parse_report

ADA, BEN, NEWSROOM = "ada@mail.example", "ben@other.example", "news@lists.example"
ORIGINAL_MESSAGE = f"""\
Received: from desk.lists.example (desk.lists.example [203.0.113.9])
\tby out.lists.example with ESMTP id 4Q1; Mon, 4 Mar 2024 09:30:00 +0000
From: The Harbour Gazette <{NEWSROOM}>
To: {ADA}
Subject: Ferry waits outside the harbour
Message-ID: <4f1c.1@lists.example>

The evening ferry is riding out the storm.
"""


def build_text_message(
    text: str, *, sender: str = "MAILER-DAEMON@mx.example", subject: str = "Undelivered mail", headers: str = ""
) -> bytes:
    """Build a message with a plain text only."""
    head = f"From: {sender}\nTo: {NEWSROOM}\nSubject: {subject}\nDate: Mon, 4 Mar 2024 09:31:00 +0000\n{headers}"
    return f"{head}\n{dedent(text).lstrip()}".encode()


def build_report(
    text: str, *blocks: str, kind: str = "delivery-status", original: str = ORIGINAL_MESSAGE, headers: str = ""
) -> bytes:
    """Build a multipart/report (RFC 6522): a text, blocks of fields, and the original message."""
    fields = "\n\n".join(dedent(block).strip() for block in blocks)
    intro = "Reporting-MTA: dns; mx.example\n\n" if kind == "delivery-status" else ""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {NEWSROOM}\nSubject: Undelivered Mail Returned to Sender\n"
        f"{headers}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind};\n\tboundary="=_edge/mx.example"\n\n'
        f"This is a MIME-encapsulated message.\n\n--=_edge/mx.example\n"
        f"Content-Type: text/plain; charset=us-ascii\n\n{dedent(text).lstrip()}\n"
        f"--=_edge/mx.example\nContent-Type: message/{kind}\n\n{intro}{fields}\n\n"
        f"--=_edge/mx.example\nContent-Type: message/rfc822\n\n{original}\n--=_edge/mx.example--\n"
    ).encode()


def recipient_fields(address: str, status: str, diagnostic: str, action: str = "failed") -> str:
    """Return the delivery-status fields of one recipient."""
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}"


def relayed_status(reply: str) -> str:
    """Return the enhanced status code of a reply, as a server that relays it states it."""
    found = re.search(r"\b[45]\.\d\.\d{1,3}\b", reply)
    return found[0] if found else reply[0] + ".0.0"


def exim_bounce(text: str) -> bytes:
    """Build a bounce of Exim."""
    return build_text_message(
        f"This is a permanent error. The following address(es) failed:\n\n  {ADA}\n    {text}\n",
        headers=f"X-Failed-Recipients: {ADA}\n",
    )


def bounces_after_rcpt(reply: str) -> dict[str, bytes]:
    """Build the bounces of three servers for a reply to RCPT."""
    return {
        "Postfix": build_report(
            f"<{ADA}>: host mx.mail.example[192.0.2.1] said: {reply} (in reply to RCPT TO command)\n",
            recipient_fields(ADA, relayed_status(reply), f"smtp; {reply}"),
        ),
        "Exim": exim_bounce(
            f"SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    host mx.mail.example [192.0.2.1]: {reply}"
        ),
        "qmail": build_text_message(
            "Hi. This is the qmail-send program at mx.example.\nThis is a permanent error; I've given up.\n\n"
            f"<{ADA}>:\n192.0.2.1 does not like recipient.\nRemote host said: {reply}\nGiving up on 192.0.2.1.\n"
        ),
    }


def is_dead(message: bytes) -> bool:
    """Return True if the message makes its only recipient dead."""
    [recipient] = parse_report(message).recipients
    assert recipient.address == ADA
    return recipient.dead
