"""Bounces and other messages, built from their text and fields."""

from textwrap import dedent

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
