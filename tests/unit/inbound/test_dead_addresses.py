"""When an address is dead: SMTP class, status code and text must agree. Every message here is invented."""

import pytest

from stoppress.inbound.bounces import BounceReason, ReportKind, parse_report
from tests.factories.bounce_messages import (
    ADA,
    BEN,
    NEWSROOM,
    bounces_after_rcpt,
    build_report,
    build_text_message,
    is_dead,
    recipient_fields,
)
from tests.factories.bounce_replies import DOCUMENTED_DEAD_REPLIES, PROTECTED_ADDRESS_REPLIES


def reported_status(status: str, diagnostic: str) -> bytes:
    """Build a report of a relay that states a status code and quotes a diagnostic."""
    return build_report("Delivery failed.\n", recipient_fields(ADA, status, diagnostic))


def recipients_of(message: bytes) -> list[tuple[str, bool]]:
    """Return each recipient's address, and whether it is dead."""
    return [(each.address, each.dead) for each in parse_report(message).recipients]


@pytest.mark.parametrize("reply", DOCUMENTED_DEAD_REPLIES)
def test_address_is_dead_when_documented_reply_says_so(reply: str) -> None:
    assert [name for name, message in bounces_after_rcpt(reply).items() if not is_dead(message)] == []


@pytest.mark.parametrize("reply", PROTECTED_ADDRESS_REPLIES)
def test_address_is_not_dead_when_text_protects_it(reply: str) -> None:
    assert [name for name, message in bounces_after_rcpt(reply).items() if is_dead(message)] == []
    assert not is_dead(reported_status("5.1.1", f"smtp; {reply}"))
    assert not is_dead(reported_status("5.0.0", f"smtp; {reply}"))


@pytest.mark.parametrize(
    "reply", ["450 <ada@mail.example>: User unknown", "450 User unknown", "451 no such user", "421 mailbox not found"]
)
def test_address_is_not_dead_when_reply_is_temporary_without_enhanced_code(reply: str) -> None:
    messages = [*bounces_after_rcpt(reply).values(), reported_status("5.0.0", f"smtp; {reply}")]
    messages.append(reported_status("5.1.1", f"smtp; {reply}"))
    assert [is_dead(message) for message in messages] == [False, False, False, False, False]


def test_address_is_not_dead_when_status_code_is_temporary() -> None:
    assert not is_dead(reported_status("4.1.1", "smtp; 550 User unknown"))
    assert not is_dead(reported_status("5.1.1", "smtp; 550 4.1.1 User unknown"))


def test_address_is_not_dead_when_delivery_is_delayed() -> None:
    diagnostic = "smtp; 550 5.1.1 User unknown"
    [found] = parse_report(build_report("\n", recipient_fields(ADA, "5.1.1", diagnostic, "delayed"))).recipients
    assert (found.kind, found.dead) == (ReportKind.DELAYED, False)


@pytest.mark.parametrize(
    ("status", "diagnostic", "dead"),
    [
        ("5.4.4", "X-Postfix; Name service error for name=mail.example type=AAAA: Host not found", True),
        ("5.4.4", "X-Postfix; Name service error for name=mail.example type=MX: Host not found, try again", False),
        ("5.4.4", "X-Postfix; Name service error for name=mail.example type=MX: server failure", False),
        (
            "5.1.2",
            "smtp; 554 5.1.2 (bad destination host 'DNS Hard Error looking up mail.example (MX): NXDomain')",
            True,
        ),
        (
            "5.1.2",
            "smtp; 554 5.1.2 (bad destination host 'DNS Soft Error looking up mail.example (MX): timeout')",
            False,
        ),
        ("5.4.4", "smtp; 554 5.4.4 SMTPSEND.DNS.NonExistentDomain; nonexistent domain", True),
        ("5.4.312", "smtp; 550 5.4.312 Message expired, DNS query failed", False),
        ("5.4.4", "smtp; 554 5.4.4 (unable to route: dns lookup failure)", False),
    ],
)
def test_fault_of_name_service_is_not_an_unknown_domain(status: str, diagnostic: str, dead: bool) -> None:
    assert is_dead(reported_status(status, diagnostic)) is dead


@pytest.mark.parametrize(
    ("code", "dead"), [("521 5.3.2", True), ("556 5.3.2", True), ("550 5.3.2", False), ("554 5.3.2", False)]
)
def test_host_accepts_no_mail_only_by_code_of_rfc_7504(code: str, dead: bool) -> None:
    assert is_dead(reported_status("5.3.2", f"smtp; {code} System not accepting network messages")) is dead


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("5.0.0", "smtp; 553 <ada@mail.example>... no such user here"),
        ("5.3.0", "smtp; 553 5.3.0 no such user here"),
        ("5.7.1", "smtp; 553 sorry, no such user here (#5.7.1)"),
    ],
)
def test_553_about_unknown_user_makes_address_dead_without_named_step(status: str, diagnostic: str) -> None:
    assert is_dead(reported_status(status, diagnostic))


def test_550_about_unknown_user_makes_address_dead_only_with_step_or_status() -> None:
    assert not is_dead(reported_status("5.0.0", "smtp; 550 Unknown user"))
    assert is_dead(reported_status("5.0.0", "smtp; 550 Unknown user (in reply to RCPT TO command)"))
    assert is_dead(reported_status("5.1.1", "smtp; 550 5.1.1 Unknown user"))


@pytest.mark.parametrize(
    ("diagnostic", "dead"),
    [
        ("smtp; 550 5.1.1", True),
        ("smtp; 550 5.1.1 <ada@mail.example>", True),
        ("smtp; 550 5.1.1 https://help.example/x?answer=6596 ab1si19.83 - gsmtp", True),
        ("smtp; 550 5.1.1 <ada@mail.example>: Recipient address rejected", True),
        ("smtp; 550 5.1.1 we would rather have cake", False),
        ("smtp; 550 5.7.1", False),
        ("smtp; 550 5.2.1", False),
    ],
)
def test_status_code_alone_makes_address_dead_only_when_text_says_nothing(diagnostic: str, dead: bool) -> None:
    assert is_dead(reported_status(diagnostic.split()[2], diagnostic)) is dead


def test_stated_code_of_server_without_any_reply_makes_address_dead_when_it_is_5_1_1() -> None:
    text = f"Delivery to the following recipients failed.\n\n       {ADA}\n"
    for status, dead in (("5.1.1", True), ("5.0.0", False), ("4.4.7", False), ("5.2.1", False)):
        fields = f"Final-Recipient: rfc822; {ADA}\nAction: failed\nStatus: {status}"
        assert recipients_of(build_report(text, fields)) == [(ADA, dead)]
    unknown = recipient_fields(ADA, "5.1.1", "X-Notes; No route found to domain mail.example from server X")
    assert recipients_of(build_report(text, unknown)) == [(ADA, False)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Final-Recipient: ada@mail.example", ADA),
        ("Final-Recipient: RFC822; <ada@mail.example>", ADA),
        ("Final-Recipient: utf-8; adá@mail.example", "adá@mail.example"),
        ("Final-Recipient: LOCAL; ada\nX-Actual-Recipient: rfc822; ada@mail.example", ADA),
    ],
)
def test_recipient_is_found_in_each_form_of_final_recipient(name: str, found: str) -> None:
    fields = f"{name}\nAction: failed (permanent)\nStatus: 5.1.1 (Bad mailbox)\nDiagnostic-Code: 550 5.1.1 User unknown"
    assert recipients_of(build_report("\n", fields)) == [(found, True)]


def test_unknown_text_does_not_hide_protection_in_text_beside_delivery_status() -> None:
    text = f"<{ADA}>: the mailbox is over quota\n"
    [found] = parse_report(build_report(text, recipient_fields(ADA, "5.1.1", "smtp; 550 5.1.1"))).recipients
    assert (found.reason, found.dead) == (BounceReason.MAILBOX_FULL, False)


FIRST_DEAD_SECOND_ALIVE = {
    "Postfix": (
        f"<{ADA}>: host mx.mail.example[192.0.2.1] said: 550 5.1.1\n    User unknown (in reply to RCPT TO command)\n\n"
        f"<{BEN}>: host mx.other.example[192.0.2.2] said: 552 5.2.2\n    Mailbox full (in reply to RCPT TO command)\n"
    ),
    "Exim": (
        f"The following address(es) failed:\n\n  {ADA}\n    host mx.mail.example [192.0.2.1]\n"
        f"    SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    550 5.1.1 No such user\n"
        f"  {BEN}\n    host mx.other.example [192.0.2.2]\n"
        f"    SMTP error from remote mail server after end of data:\n    554 5.7.1 Message rejected as spam\n"
    ),
    "qmail": (
        f"<{ADA}>:\n192.0.2.1 does not like recipient.\nRemote host said: 553 sorry, no such user here (#5.1.1)\n\n"
        f"<{BEN}>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"
    ),
    "Sendmail": (
        f"   ----- The following addresses had permanent fatal errors -----\n<{ADA}>\n"
        f"    (reason: 550 5.1.1 <{ADA}>: Recipient address rejected: User unknown)\n<{BEN}>\n"
        f"    (reason: 550 5.7.1 <{BEN}>... Access denied)\n"
    ),
    "GroupWise": f"was undeliverable to the following:\n\t{ADA} (user not found)\n\t{BEN} (mailbox full)\n",
    "Sun Messaging Server": (
        f"  Recipient address: {ADA}\n  Reason: Remote SMTP server has rejected address\n"
        f"  Diagnostic code: smtp;550 5.1.1 <{ADA}>: user does not exist\n\n"
        f"  Recipient address: {BEN}\n  Reason: Remote SMTP server has rejected address\n"
        f"  Diagnostic code: smtp;552 5.2.2 over quota\n"
    ),
}


@pytest.mark.parametrize("server", FIRST_DEAD_SECOND_ALIVE)
def test_second_recipient_of_text_is_reported_with_its_own_reason(server: str) -> None:
    assert recipients_of(build_text_message(FIRST_DEAD_SECOND_ALIVE[server])) == [(ADA, True), (BEN, False)]


@pytest.mark.parametrize(
    ("reply", "dead"),
    [("550 5.1.1 user unknown", True), ("552 5.2.2 Mailbox full", False), ("450 no such user", False)],
)
def test_second_recipient_is_reported_when_only_the_text_names_it(reply: str, dead: bool) -> None:
    text = (
        f"<{ADA}>: host mx.mail.example[192.0.2.1] said: 550 5.1.1 user unknown (in reply to RCPT TO command)\n\n"
        f"<{BEN}>: host mx.other.example[192.0.2.2] said: {reply} (in reply to RCPT TO command)\n"
    )
    message = build_report(text, recipient_fields(ADA, "5.1.1", "smtp; 550 5.1.1 user unknown"))
    assert recipients_of(message) == [(ADA, True), (BEN, dead)]


def test_two_status_parts_report_both_recipients() -> None:
    message = build_report("\n", recipient_fields(ADA, "5.1.1", "smtp; 550 5.1.1 user unknown"))
    second = f"Reporting-MTA: dns; x\n\n{recipient_fields(BEN, '5.2.2', 'smtp; 552 5.2.2 full')}\n\n"
    part = f"--=_edge/mx.example\nContent-Type: message/delivery-status\n\n{second}".encode()
    original = b"--=_edge/mx.example\nContent-Type: message/rfc822"
    assert recipients_of(message.replace(original, part + original)) == [(ADA, True), (BEN, False)]


def test_each_mailbox_of_an_alias_is_reported_when_original_recipient_is_the_same() -> None:
    blocks = [
        f"Original-Recipient: rfc822;list@mail.example\n{fields}"
        for fields in (
            recipient_fields(ADA, "5.1.1", "smtp; 550 5.1.1 User unknown"),
            recipient_fields(BEN, "5.2.2", "smtp; 552 5.2.2 mailbox full"),
        )
    ]
    report = parse_report(build_report("\n", *blocks))
    assert [(each.address, each.dead) for each in report.recipients] == [
        ("list@mail.example", True),
        ("list@mail.example", False),
    ]
    assert not report.overall.dead


def attach(message: bytes, sender: str, text: str) -> bytes:
    """Attach a message whole (message/rfc822) to another one."""
    head = f"From: {sender}\nTo: {NEWSROOM}\nSubject: Held\nContent-Type: multipart/mixed; boundary=w{len(message)}\n\n"
    note = f"--w{len(message)}\nContent-Type: text/plain\n\n{text}\n" if text else ""
    start = f"{head}{note}--w{len(message)}\nContent-Type: message/rfc822\n\n"
    return start.encode() + message + f"\n--w{len(message)}--\n".encode()


@pytest.mark.parametrize("sender", ["filter@lists.example", "MAILER-DAEMON@lists.example"])
@pytest.mark.parametrize("text", ["", "The message below is held for you.\n"])
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_report_nested_in_attached_message_is_read(sender: str, text: str, levels: int) -> None:
    message = reported_status("5.1.1", "smtp; 550 5.1.1 User unknown")
    for _ in range(levels):
        message = attach(message, sender, text)
    assert recipients_of(message) == [(ADA, True)]


def test_text_bounce_nested_in_attached_message_is_read() -> None:
    inner = build_text_message(f"<{ADA}>:\nRemote host said: 552 5.2.2 mailbox full\n")
    [found] = parse_report(attach(inner, "filter@lists.example", "Held.\n")).recipients
    assert (found.address, found.reason) == (ADA, BounceReason.MAILBOX_FULL)


def test_attached_personal_message_is_not_a_report() -> None:
    letter = build_text_message("Thank you.\n", sender="Ada <ada@mail.example>", subject="Ferry")
    assert parse_report(attach(letter, "Ben <ben@other.example>", "See below.\n")).kind is ReportKind.NOTHING
