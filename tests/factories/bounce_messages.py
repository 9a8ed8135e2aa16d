"""Bounces written for the tests, in the forms of the servers that they are named for."""

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
    words: str, *, sender: str = "MAILER-DAEMON@mx.example", subject: str = "Undelivered mail", headers: str = ""
) -> bytes:
    """A message of text only."""
    head = f"From: {sender}\nTo: {NEWSROOM}\nSubject: {subject}\nDate: Mon, 4 Mar 2024 09:31:00 +0000\n{headers}"
    return f"{head}\n{dedent(words).lstrip()}".encode()


def build_report(
    words: str, *recipients: str, kind: str = "delivery-status", returned: str = ORIGINAL_MESSAGE, head: str = ""
) -> bytes:
    """A multipart/report (RFC 6522): words, fields of the report, and the message it is about."""
    blocks = "\n\n".join(dedent(block).strip() for block in recipients)
    intro = "Reporting-MTA: dns; mx.example\n\n" if kind == "delivery-status" else ""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {NEWSROOM}\nSubject: Undelivered Mail Returned to Sender\n"
        f"{head}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind};\n\tboundary="=_edge/mx.example"\n\n'
        f"This is a MIME-encapsulated message.\n\n--=_edge/mx.example\n"
        f"Content-Type: text/plain; charset=us-ascii\n\n{dedent(words).lstrip()}\n"
        f"--=_edge/mx.example\nContent-Type: message/{kind}\n\n{intro}{blocks}\n\n"
        f"--=_edge/mx.example\nContent-Type: message/rfc822\n\n{returned}\n--=_edge/mx.example--\n"
    ).encode()


def recipient_fields(address: str, status: str, diagnostic: str, action: str = "failed") -> str:
    """The fields of one recipient."""
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}"
