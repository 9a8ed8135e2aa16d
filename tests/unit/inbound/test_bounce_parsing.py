"""Parsing of bounces: recipients, reasons, and whether an address is dead. Expected results are written by hand."""

import base64
import quopri

import pytest

from stoppress.inbound.bounces import BounceReason, RecipientReport, ReportKind, parse_report
from stoppress.inbound.bounces.heuristics import BounceLikelihood, bounce_likelihood
from stoppress.inbound.bounces.mime_parts import parse_message
from stoppress.inbound.bounces.parse import _section_about
from stoppress.inbound.bounces.smtp_transcript import transcript_by_recipient
from tests.factories.bounce_messages import ADA, BEN, build_report, build_text_message, recipient_fields
from tests.factories.server_bounces import SERVER_BOUNCES, UNKNOWN_USER_DIAGNOSTIC


@pytest.mark.parametrize("name", SERVER_BOUNCES)
def test_parse_report_reads_bounce_of_each_server(name: str) -> None:
    message, address, kind, reason, dead = SERVER_BOUNCES[name]
    found = parse_report(message).recipients
    assert [(each.address, each.kind, each.reason, each.dead) for each in found] == [(address, kind, reason, dead)]


@pytest.mark.parametrize("name", SERVER_BOUNCES)
def test_parse_report_gives_same_result_when_lines_end_in_crlf(name: str) -> None:
    message = SERVER_BOUNCES[name][0]
    assert parse_report(message.replace(b"\n", b"\r\n")).recipients == parse_report(message).recipients


def test_parse_report_stores_codes_and_reply_without_local_part() -> None:
    [found] = parse_report(SERVER_BOUNCES["Postfix"][0]).recipients
    assert (found.code, found.status) == (550, "5.1.1")
    assert found.reply == "550 5.1.1 <…@mail.example>: Recipient address rejected: User unknown"


def test_each_recipient_of_delivery_status_has_own_reason() -> None:
    message = build_report(
        "Delivery failed.\n",
        recipient_fields(ADA, "5.1.1", UNKNOWN_USER_DIAGNOSTIC),
        recipient_fields(BEN, "5.2.2", "smtp; 552 5.2.2 mailbox full"),
    )
    assert [(each.address, each.reason, each.dead) for each in parse_report(message).recipients] == [
        (ADA, BounceReason.USER_UNKNOWN, True),
        (BEN, BounceReason.MAILBOX_FULL, False),
    ]


def test_delivery_status_is_split_when_blank_line_is_missing() -> None:
    message = build_report(
        "Delivery failed.\n",
        recipient_fields(ADA, "5.1.1", UNKNOWN_USER_DIAGNOSTIC)
        + "\n"
        + recipient_fields(BEN, "5.1.1", "smtp; 550 5.1.1 User unknown"),
    )
    assert [each.address for each in parse_report(message).recipients] == [ADA, BEN]


def test_each_recipient_of_transcript_has_own_reason() -> None:
    message = build_text_message(
        f"""\
           ----- Transcript of session follows -----
        While talking to mail.example:
        >>> RCPT To:<{ADA}>
        <<< 550 <{ADA}>... User unknown
        550 <{ADA}>... User unknown
        550 other.example (smtp)... 550 Host unknown
        554 <{BEN}>... 550 Host unknown (Authoritative answer from name server)

           ----- Unsent message follows -----
        """
    )
    assert [(each.address, each.reason, each.dead) for each in parse_report(message).recipients] == [
        (ADA, BounceReason.USER_UNKNOWN, True),
        (BEN, BounceReason.HOST_UNKNOWN, True),
    ]


def test_reason_is_read_from_the_transcript_of_the_original_recipient() -> None:
    message = build_report(
        f">>> RCPT To:<{ADA}>\n<<< 550 <{ADA}>... User unknown\n550 <{ADA}>... User unknown\n",
        f"Original-Recipient: rfc822;{ADA}\nFinal-Recipient: rfc822;{BEN}\nAction: failed\nStatus: 5.0.0",
        recipient_fields("cleo@third.example", "5.2.2", "smtp; 552 5.2.2 mailbox full"),
    )
    assert [each.reason for each in parse_report(message).recipients] == [
        BounceReason.USER_UNKNOWN,
        BounceReason.MAILBOX_FULL,
    ]


@pytest.mark.parametrize("indent", ["", "    "])
def test_transcript_keeps_the_command_beside_the_servers_reply(indent: str) -> None:
    lines = (f">>> RCPT To:<{ADA}>", "<<< 550 no mailbox", f"550 <{ADA}>... User unknown")
    assert transcript_by_recipient("".join(f"{indent}{line}\n" for line in lines)) == {
        "ada@mail.example": (
            "<<< 550 no mailbox\n550 <ada@mail.example>... User unknown\n>>> RCPT To:<ada@mail.example>"
        )
    }


def test_recipients_are_read_from_every_failed_recipients_field() -> None:
    headers = f"X-Failed-Recipients: {ADA}\nX-Failed-Recipients: {BEN}\n"
    message = build_text_message("A message could not be delivered.\n", headers=headers)
    assert [each.address for each in parse_report(message).recipients] == ["ada@mail.example", "ben@other.example"]


def test_each_recipient_named_in_text_has_own_reason() -> None:
    message = build_text_message(
        f"<{ADA}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\n\n<{BEN}>:\n"
        f"Remote host said: 552 mailbox full\n"
    )
    assert [(each.address, each.reason) for each in parse_report(message).recipients] == [
        (ADA, BounceReason.USER_UNKNOWN),
        (BEN, BounceReason.MAILBOX_FULL),
    ]


def test_overall_report_is_not_dead_when_one_recipient_of_alias_is_alive() -> None:
    message = build_report(
        "\n",
        recipient_fields(ADA, "5.1.1", UNKNOWN_USER_DIAGNOSTIC),
        recipient_fields(BEN, "5.2.2", "smtp; 552 5.2.2 mailbox full"),
    )
    assert not parse_report(message).overall.dead
    assert parse_report(build_report("\n", recipient_fields(ADA, "5.1.1", UNKNOWN_USER_DIAGNOSTIC))).overall.dead
    assert parse_report(b"").overall == RecipientReport(ReportKind.NOTHING)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_parse_report_decodes_transfer_encoding(encoding: str) -> None:
    text = f"Zustellung fehlgeschlagen:\n<{ADA}>:\n552 Das Postfach ist überfüllt: Quota überschritten\n".encode()
    encoded = base64.encodebytes(text) if encoding == "base64" else quopri.encodestring(text)
    head = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    [found] = parse_report(b"From: postmaster@mail.example\n" + head.encode() + encoded).recipients
    assert (found.address, found.reason) == (ADA, BounceReason.MAILBOX_FULL)


def test_parse_report_guesses_boundary_when_it_is_missing_or_wrong() -> None:
    message = SERVER_BOUNCES["Postfix"][0]
    for broken in (
        message.replace(b'\tboundary="=_edge/mx.example"', b"\tboundary=other"),
        message.replace(
            b'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_edge/mx.example"\n', b""
        ),
        message.replace(b";\n\tboundary=", b";\n\nboundary="),
        message.replace(b"--=_edge/mx.example--\n", b""),
    ):
        assert [(each.address, each.dead) for each in parse_report(broken).recipients] == [(ADA, True)]


@pytest.mark.parametrize("charset", ["cp437", "cp850", "cp852", "iso-8859-15", "windows-1252", "utf-16"])
def test_parse_report_decodes_charsets_of_mail(charset: str) -> None:
    head = f"From: postmaster@mail.example\nContent-Type: text/plain; charset={charset}\n"
    text = base64.encodebytes(f"<{ADA}>:\n552 Postfach überfüllt\n".encode(charset))
    [found] = parse_report(f"{head}Content-Transfer-Encoding: base64\n\n".encode() + text).recipients
    assert found.reply == "552 Postfach überfüllt"


def test_parse_report_reads_text_when_charset_is_unknown() -> None:
    for label in ("x-unknown", "unicode_escape", "idna", "zlib", "", "utf-8; x"):
        message = build_text_message(
            f"<{ADA}>:\n552 mailbox full\n", headers=f'Content-Type: text/plain; charset="{label}"\n'
        )
        assert parse_report(message).recipients[0].reason is BounceReason.MAILBOX_FULL


def test_parse_report_reads_bounce_attached_to_another_message() -> None:
    head = b"From: filter@lists.example\nSubject: held\nContent-Type: multipart/mixed; boundary=w\n\n"
    wrapped = head + b"--w\nContent-Type: message/rfc822\n\n"
    [found] = parse_report(wrapped + SERVER_BOUNCES["Postfix"][0] + b"\n--w--\n").recipients
    assert (found.address, found.dead) == (ADA, True)


def test_address_is_not_dead_when_bounce_text_comes_from_unknown_sender() -> None:
    text = f"Could not be delivered to: <{ADA}>\nThere is no mailbox here by that name.\n"
    assert parse_report(build_text_message(text)).recipients[0].dead
    found = parse_report(
        build_text_message(text, sender="Ben <ben@other.example>", subject="Returned mail")
    ).recipients[0]
    assert (found.kind, found.reason, found.dead) == (ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, False)


def test_address_is_not_dead_when_user_unknown_is_quoted_without_code_or_step() -> None:
    [found] = parse_report(
        build_text_message(f"---The following addresses had delivery errors---\n{ADA} [User unknown]\n")
    ).recipients
    assert (found.reason, found.dead) == (BounceReason.FILTERED, False)


def test_reply_to_a_headline_is_not_a_bounce() -> None:
    reply = build_text_message("Good.\n", sender="Ada <ada@mail.example>", subject="Re: Harbour bill rejected")
    assert parse_report(reply).kind is ReportKind.NOTHING


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Ferry waits outside the harbour", "Thank you for the news. My cousin was on board.\n"),
        ("Lunch?", "See you at noon.\n"),
        ("", ""),
    ],
)
def test_personal_message_is_not_a_report(subject: str, text: str) -> None:
    assert (
        parse_report(build_text_message(text, sender="Ada <ada@mail.example>", subject=subject)).kind
        is ReportKind.NOTHING
    )


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Out of office: Ferry", ""),
        ("Automatische Antwort: Ferry", ""),
        ("=?utf-8?b?6Ieq5YuV6L+U5L+h?=", ""),
        ("Re: Ferry", "Auto-Submitted: auto-replied\n"),
        ("Re: Ferry", "X-Autoreply: yes\n"),
        ("Re: Ferry", "Precedence: auto_reply\n"),
    ],
)
def test_automatic_reply_is_detected(subject: str, headers: str) -> None:
    message = build_text_message(
        "I am away until Monday.\n", sender="Ada <ada@mail.example>", subject=subject, headers=headers
    )
    assert parse_report(message).kind is ReportKind.AUTO_REPLY


def test_unsubscribe_request_of_mail_program_is_detected() -> None:
    request = build_text_message(
        "Sent to unsubscribe.\n", sender=f"<{ADA}>", subject="unsubscribe", headers="Auto-Submitted: auto-replied\n"
    )
    assert parse_report(request).recipients == (RecipientReport(ReportKind.UNSUBSCRIBE, ADA),)


@pytest.mark.parametrize("following", ["550 no such user <ben@other.example>", "<ben@other.example>: no such user"])
def test_section_about_a_recipient_ends_before_the_line_that_names_the_next(following: str) -> None:
    text = f"Not delivered:\n<ada@mail.example>: 552 mailbox full\n{following}\n"
    addresses = ["ada@mail.example", "ben@other.example"]
    assert _section_about("ada@mail.example", text, addresses) == "<ada@mail.example>: 552 mailbox full\n"
    assert _section_about("ben@other.example", text, addresses) == f"{following}\n"
    assert _section_about("cleo@third.example", text, addresses) == ""
    assert _section_about("ada@mail.example", text, ["ada@mail.example", "ADA@mail.example"]) == text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Undelivered Mail Returned to Sender", BounceLikelihood.POSSIBLE),
        ("Re: Undelivered Mail Returned to Sender", BounceLikelihood.NONE),
        ("Ferry waits outside the harbour", BounceLikelihood.NONE),
    ],
)
def test_subject_alone_makes_a_bounce_possible_unless_it_is_an_answer(subject: str, expected: BounceLikelihood) -> None:
    message = parse_message(f"From: ada@mail.example\nSubject: {subject}\n\nGood morning.\n".encode())
    assert bounce_likelihood(message, "Good morning.\n") is expected


@pytest.mark.parametrize(("number", "expected"), [(39, 40), (40, 40), (60, 40)])
def test_message_has_at_most_40_parts_with_the_text_before_the_first(number: int, expected: int) -> None:
    head = b"Content-Type: multipart/mixed; boundary=w\n\nA text before the first part.\n"
    parts = b"--w\nContent-Type: text/plain\n\nOne.\n" * number
    assert len(parse_message(head + parts + b"--w--\n").parts) == expected
