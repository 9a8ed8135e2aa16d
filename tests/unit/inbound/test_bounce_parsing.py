"""What came back is read: recipients, reasons, and whether an address is dead. Expectations by hand."""

import base64
import quopri

import pytest

from stoppress.inbound.bounces import Finding, Kind, Reason, read
from tests.factories.bounce_messages import ADA, BEN, failed, letter, report
from tests.factories.server_bounces import BOUNCES, UNKNOWN


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_is_read(name: str) -> None:
    message, address, kind, reason, dead = BOUNCES[name]
    found = read(message).findings
    assert [(one.address, one.kind, one.reason, one.dead) for one in found] == [(address, kind, reason, dead)]


@pytest.mark.parametrize("name", BOUNCES)
def test_line_ends_do_not_matter(name: str) -> None:
    message = BOUNCES[name][0]
    assert read(message.replace(b"\n", b"\r\n")).findings == read(message).findings


def test_codes_and_reply_are_kept_without_the_local_part() -> None:
    [found] = read(BOUNCES["Postfix"][0]).findings
    assert (found.code, found.status) == (550, "5.1.1")
    assert found.reply == "550 5.1.1 <…@mail.example>: Recipient address rejected: User unknown"


def test_each_recipient_of_a_delivery_status_has_its_own_reason() -> None:
    message = report(
        "Delivery failed.\n",
        failed(ADA, "5.1.1", UNKNOWN),
        failed(BEN, "5.2.2", "smtp; 552 5.2.2 mailbox full"),
    )
    assert [(one.address, one.reason, one.dead) for one in read(message).findings] == [
        (ADA, Reason.USER_UNKNOWN, True),
        (BEN, Reason.MAILBOX_FULL, False),
    ]


def test_blocks_that_ran_together_are_parted() -> None:
    message = report(
        "Delivery failed.\n",
        failed(ADA, "5.1.1", UNKNOWN) + "\n" + failed(BEN, "5.1.1", "smtp; 550 5.1.1 User unknown"),
    )
    assert [one.address for one in read(message).findings] == [ADA, BEN]


def test_each_recipient_of_a_transcript_has_its_own_reason() -> None:
    message = letter(
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
    assert [(one.address, one.reason, one.dead) for one in read(message).findings] == [
        (ADA, Reason.USER_UNKNOWN, True),
        (BEN, Reason.HOST_UNKNOWN, True),
    ]


def test_each_recipient_named_in_words_has_its_own_reason() -> None:
    message = letter(
        f"<{ADA}>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\n\n<{BEN}>:\n"
        f"Remote host said: 552 mailbox full\n"
    )
    assert [(one.address, one.reason) for one in read(message).findings] == [
        (ADA, Reason.USER_UNKNOWN),
        (BEN, Reason.MAILBOX_FULL),
    ]


def test_of_an_alias_that_fans_out_one_living_mailbox_keeps_the_delivery_alive() -> None:
    message = report("\n", failed(ADA, "5.1.1", UNKNOWN), failed(BEN, "5.2.2", "smtp; 552 5.2.2 mailbox full"))
    assert not read(message).verdict.dead
    assert read(report("\n", failed(ADA, "5.1.1", UNKNOWN))).verdict.dead
    assert read(b"").verdict == Finding(Kind.NOTHING)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_encoded_parts_are_read(encoding: str) -> None:
    words = f"Zustellung fehlgeschlagen:\n<{ADA}>:\n552 Das Postfach ist überfüllt: Quota überschritten\n".encode()
    wrapped = base64.encodebytes(words) if encoding == "base64" else quopri.encodestring(words)
    head = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    [found] = read(b"From: postmaster@mail.example\n" + head.encode() + wrapped).findings
    assert (found.address, found.reason) == (ADA, Reason.MAILBOX_FULL)


def test_a_boundary_that_is_missing_or_wrong_is_guessed() -> None:
    message = BOUNCES["Postfix"][0]
    for broken in (
        message.replace(b'\tboundary="=_edge/mx.example"', b"\tboundary=other"),
        message.replace(
            b'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_edge/mx.example"\n', b""
        ),
        message.replace(b";\n\tboundary=", b";\n\nboundary="),
        message.replace(b"--=_edge/mx.example--\n", b""),
    ):
        assert [(one.address, one.dead) for one in read(broken).findings] == [(ADA, True)]


def test_a_charset_that_is_none_is_no_hindrance() -> None:
    for label in ("x-unknown", "unicode_escape", "idna", "zlib", "", "utf-8; x"):
        message = letter(f"<{ADA}>:\n552 mailbox full\n", headers=f'Content-Type: text/plain; charset="{label}"\n')
        assert read(message).findings[0].reason is Reason.MAILBOX_FULL


def test_a_bounce_put_whole_into_another_message_is_read() -> None:
    head = b"From: filter@lists.example\nSubject: held\nContent-Type: multipart/mixed; boundary=w\n\n"
    wrapped = head + b"--w\nContent-Type: message/rfc822\n\n"
    [found] = read(wrapped + BOUNCES["Postfix"][0] + b"\n--w--\n").findings
    assert (found.address, found.dead) == (ADA, True)


def test_the_words_of_who_may_be_anybody_kill_nobody() -> None:
    words = f"Could not be delivered to: <{ADA}>\nThere is no mailbox here by that name.\n"
    assert read(letter(words)).findings[0].dead
    found = read(letter(words, sender="Ben <ben@other.example>", subject="Returned mail")).findings[0]
    assert (found.kind, found.reason, found.dead) == (Kind.BOUNCE, Reason.USER_UNKNOWN, False)


def test_what_passes_on_user_unknown_without_code_or_step_is_in_doubt() -> None:
    [found] = read(letter(f"---The following addresses had delivery errors---\n{ADA} [User unknown]\n")).findings
    assert (found.reason, found.dead) == (Reason.FILTERED, False)


def test_an_answer_to_a_headline_is_no_bounce() -> None:
    answer = letter("Good.\n", sender="Ada <ada@mail.example>", subject="Re: Harbour bill rejected")
    assert read(answer).kind is Kind.NOTHING


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Ferry waits outside the harbour", "Thank you for the news. My cousin was on board.\n"),
        ("Lunch?", "See you at noon.\n"),
        ("", ""),
    ],
)
def test_a_letter_from_a_person_is_nothing(subject: str, words: str) -> None:
    assert read(letter(words, sender="Ada <ada@mail.example>", subject=subject)).kind is Kind.NOTHING


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
def test_machines_that_answer_are_known(subject: str, headers: str) -> None:
    message = letter("I am away until Monday.\n", sender="Ada <ada@mail.example>", subject=subject, headers=headers)
    assert read(message).kind is Kind.AUTO_REPLY


def test_a_mail_program_that_unsubscribes_is_heard() -> None:
    asking = letter(
        "Sent to unsubscribe.\n", sender=f"<{ADA}>", subject="unsubscribe", headers="Auto-Submitted: auto-replied\n"
    )
    assert read(asking).findings == (Finding(Kind.UNSUBSCRIBE, ADA),)
