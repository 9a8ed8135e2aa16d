"""What came back is read: recipients, reasons, and whether an address is dead. Expectations by hand."""

import base64
import quopri

import pytest

from stoppress.alerts.bounces import Finding, Kind, Reason, read
from tests.factories.bounce_messages import ADA, BEN, RETURNED, US, failed, letter, report

UNKNOWN = "smtp; 550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown"

#: name → message, address, kind, reason, dead
BOUNCES = {
    "Postfix": (
        report(
            f"""\
            This is the mail system at host mx.example.

            <{ADA}>: host mx.mail.example[192.0.2.1] said: 550 5.1.1 <{ADA}>:
                Recipient address rejected: User unknown (in reply to RCPT TO command)
            """,
            failed(ADA, "5.1.1", UNKNOWN),
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Postfix, after the message": (
        report(
            f"<{ADA}>: host mx.mail.example[192.0.2.1] said: 550 Unknown user {ADA} (in reply to end of\n"
            f"    DATA command)\n",
            failed(ADA, "5.0.0", f"smtp; 550 Unknown user {ADA}"),
        ),
        ADA, Kind.BOUNCE, Reason.FILTERED, False,
    ),
    "Postfix, still trying": (
        report(
            """\
            # THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
            Your message could not be delivered for more than 4 hour(s).
            It will be retried until it is 5 day(s) old.
            """,
            failed(ADA, "4.4.1", "X-Postfix; connect to mx.mail.example[192.0.2.1]:25: Connection "
                "timed out", "delayed"),
        ),
        ADA, Kind.DELAYED, Reason.EXPIRED, False,
    ),
    "a full mailbox with a permanent code": (
        report("mailbox full\n", failed(ADA, "5.2.2", "smtp; 552 5.2.2 The recipient's inbox is out of storage "
            "space")),
        ADA, Kind.BOUNCE, Reason.MAILBOX_FULL, False,
    ),
    "a host that is not there, for now": (
        report("\n", failed(ADA, "4.4.3", "X-Postfix; Host or domain name not found. Name service error: Host "
            "not found, try again")),
        ADA, Kind.BOUNCE, Reason.NETWORK_ERROR, False,
    ),
    "our network is blocked, said at RCPT": (
        report("\n", failed(ADA, "5.7.1", "smtp; 554 5.7.1 Service unavailable; Client host [203.0.113.9] "
            "blocked using zen.spamhaus.org")),
        ADA, Kind.BOUNCE, Reason.BLOCKED, False,
    ),
    "a program behind the server": (
        report("\n", failed(ADA, "5.1.1", 'x-unix; /usr/bin/sorter: cannot open mailbox: No such user')),
        ADA, Kind.BOUNCE, Reason.MAILER_ERROR, False,
    ),
    "Amazon SES wraps": (
        report("\n", failed(ADA, "5.1.0", f"smtp; 5.1.0 - Unknown address error 550-'5.7.1 <{US}>... Access "
            f"denied' (delivery attempts: 0)")),
        ADA, Kind.BOUNCE, Reason.SECURITY, False,
    ),
    "Dovecot": (
        report(f"Your message to <{ADA}> was automatically rejected:\n"
            f"Quota exceeded (mailbox for user is full)\n", failed(ADA, "5.1.1", UNKNOWN)),
        ADA, Kind.BOUNCE, Reason.MAILBOX_FULL, False,
    ),
    "delivered": (
        report("Successfully delivered.\n", failed(ADA, "2.0.0", "smtp; 250 OK", "delivered")),
        ADA, Kind.NOTHING, None, False,
    ),
    "qmail": (
        letter(
            f"""\
            Hi. This is the qmail-send program at mx.example.
            I'm afraid I wasn't able to deliver your message to the following addresses.
            This is a permanent error; I've given up. Sorry it didn't work out.

            <{ADA}>:
            192.0.2.1 does not like recipient.
            Remote host said: 550 sorry, no such user
            Giving up on 192.0.2.1.

            --- Below this line is a copy of the message.

            """
        ) + RETURNED.encode(),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "qmail, no such host": (
        letter(f"<{ADA}>:\nSorry, I couldn't find any host named mail.example. (#5.1.2)\n\n"
            f"--- Below this line is a copy of the message.\n"),
        ADA, Kind.BOUNCE, Reason.HOST_UNKNOWN, True,
    ),
    "Exim": (
        letter(
            f"""\
            This message was created automatically by mail delivery software.
            A message that you sent could not be delivered to one or more of its
            recipients. This is a permanent error. The following address(es) failed:

              {ADA}
                SMTP error from remote mail server after RCPT TO:<{ADA}>:
                host mx.mail.example [192.0.2.1]: 550 No Such User Here

            ------ This is a copy of the message, including all the headers. ------
            """,
            headers=f"X-Failed-Recipients: {ADA}\nAuto-Submitted: auto-replied\n",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Exim, our sender refused": (
        letter(f"  {ADA}\n    SMTP error from remote mail server after MAIL FROM:<{US}>:\n"
            f"    550 5.1.0 {US} user unknown\n"),
        ADA, Kind.BOUNCE, Reason.SENDER_REJECTED, False,
    ),
    "Exim, still trying": (
        letter(
            f"A message that you sent has not yet been delivered to one or more of its recipients.\n\n  {ADA}\n"
            "    host mx.mail.example: 450 4.2.0 Greylisted\n\nNo action is required on your part.\n",
            subject="Warning: message 1rhA delayed 24 hours",
        ),
        ADA, Kind.DELAYED, Reason.POLICY_VIOLATION, False,
    ),
    "Gmail": (
        letter(
            f"** Address not found **\n\n"
            f"Your message wasn't delivered to {ADA} because the address couldn't be found, or is unable to "
            f"receive mail.\n\n"
            "The response from the remote server was:\n"
            "550 5.1.1 The email account that you tried to reach does not exist.\n",
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Gmail, years ago": (
        letter(
            f"Delivery to the following recipient failed permanently:\n\n     {ADA}\n\n"
            f"Technical details of permanent failure:\n"
            "Google tried to deliver your message, but it was rejected by the recipient domain. The error that "
            "the other server "
            "returned was: 550 550 Unknown user (state 14).\n\n----- Original message -----\n",
            headers=f"X-Failed-Recipients: {ADA}\n",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Yahoo": (
        letter(f"Sorry, we were unable to deliver your message to the following address.\n\n<{ADA}>:\n"
            f"Remote host said:\n552 5.2.2 Mailbox full\n [RCPT_TO]\n"),
        ADA, Kind.BOUNCE, Reason.MAILBOX_FULL, False,
    ),
    "Exchange": (
        letter(
            f"Your message\n\n  To:      {US}\n  Subject: Ferry\n\ndid not reach the following recipient(s):\n\n"
            f"{ADA} on Mon, 4 Mar 2024 09:31:00 +0000\n"
            "    The e-mail account does not exist at the organization this message was sent to.\n",
            sender="System Administrator <postmaster@mail.example>", subject="Undeliverable: Ferry",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "OpenSMTPD": (
        letter(f"    Hi!\n\n    An error has occurred while attempting to deliver a message for\n"
            f"    the following list of recipients:\n\n{ADA}: Domain does not exist\n"),
        ADA, Kind.BOUNCE, Reason.HOST_UNKNOWN, True,
    ),
    "OpenSMTPD, null MX": (
        letter(f"    the following list of recipients:\n\n{ADA}: Domain does not accept mail\n"),
        ADA, Kind.BOUNCE, Reason.NOT_ACCEPTED, True,
    ),
    "Apache James": (
        letter(
            f"Hi. This is the James mail server at mx.example.\nError message below:\n"
            f"550 - Requested action not taken: no such user here\n\n"
            f"Message details:\n  Subject: Ferry\n  MAIL FROM: {US}\n  RCPT TO: {ADA}\n  From: {US}\n"
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "MailMarshal": (
        letter(f"Your message:\n   From:    {US}\n   Subject: Ferry\nCould not be delivered because of\n\n"
            f"550 5.1.1 User unknown\n\nThe following recipients were affected:\n    {ADA}\n"),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "InterScan": (
        letter(
            f"Sent >>> RCPT TO:<{ADA}>\nReceived <<< 550 <{ADA}>... user unknown\n\n"
            f"Unable to deliver message to <{ADA}>.\n\n"
            "************************     Delayed header *************\n"
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "a server that lists errors": (
        letter(
            f"We had trouble delivering your message. Full details follow:\n\nSubject: 'Ferry'\n1 error(s):\n"
            f"SMTP Server <mx.mail.example> rejected recipient\n"
            f"<{ADA}>\n(Error following RCPT command). It responded as follows: [550 no such user]\n"
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Notes": (
        letter(f"------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n{ADA}\n\n"
            f"------- Returned Message --------\n", subject="Undeliverable message"),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Japanese, in ISO-2022-JP": (
        b"From: POSTMASTER <postmaster@mail.example>\nSubject: failure notice\n"
        b"Content-Type: text/plain; charset=iso-2022-jp\n\n"
        + f"以下のメールアドレスへの送信に失敗しました。\n{ADA}\n-------server message\n"
            f"550 メールボックスがいっぱいです\n".encode("iso-2022-jp"),
        ADA, Kind.BOUNCE, Reason.MAILBOX_FULL, False,
    ),
    "HTML and nothing else": (
        letter(
            f"<html><style>p {{ color: red }}</style><p>Delivery has failed to these "
            f"recipients:</p><p>&lt;{ADA}&gt;</p>"
            "<p>#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##</p></html>",
            headers="Content-Type: text/html\n",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "fields that lie open in a forwarded bounce": (
        letter(
            f"> Your message could not be delivered.\n>\n> Final-Recipient: RFC822; {ADA}\n> Action: failed\n"
            f"> Status: 5.1.1\n"
            "> Diagnostic-Code: SMTP; 550 5.1.1 User\n"
            ">     unknown\n", sender="Ben <ben@lists.example>", subject="Fwd: Returned mail",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "Amazon SES by SNS": (
        letter(








                                            '{"Type":"Notification","Message":"{\\"notificationType\\":\\"Bounce\\",\\"bounce\\":{\\"bounceType\\":\\"Permanent\\",'








                                            f'\\"bouncedRecipients\\":[{{\\"emailAddress\\":\\"{ADA}\\",\\"action\\":\\"failed\\",\\"status\\":\\"5.1.1\\",'
            '\\"diagnosticCode\\":\\"smtp; 550 5.1.1 user unknown\\"}]}}"}\n',
            sender="no-reply@sns.amazonaws.example", subject="AWS Notification Message",
        ),
        ADA, Kind.BOUNCE, Reason.USER_UNKNOWN, True,
    ),
    "nothing but the returned message": (
        letter("Sorry.\n\n------ This is a copy of the message ------\n") + RETURNED.encode(),
        ADA, Kind.BOUNCE, Reason.ON_HOLD, False,
    ),
}  # fmt: skip


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
