"""Bounces in the format of each mail server, with the expected result of parsing."""

from stoppress.inbound.bounces import BounceReason, ReportKind
from tests.factories.bounce_messages import (
    ADA,
    NEWSROOM,
    ORIGINAL_MESSAGE,
    build_report,
    build_text_message,
    recipient_fields,
)

UNKNOWN_USER_DIAGNOSTIC = "smtp; 550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown"
#: name → message, address, kind, reason, dead
SERVER_BOUNCES = {
    "Postfix": (
        build_report(
            f"""\
            This is the mail system at host mx.example.

            <{ADA}>: host mx.mail.example[192.0.2.1] said: 550 5.1.1 <{ADA}>:
                Recipient address rejected: User unknown (in reply to RCPT TO command)
            """,
            recipient_fields(ADA, "5.1.1", UNKNOWN_USER_DIAGNOSTIC),
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Postfix, after the message": (
        build_report(
            f"<{ADA}>: host mx.mail.example[192.0.2.1] said: 550 Unknown user {ADA} (in reply to end of\n"
            f"    DATA command)\n",
            recipient_fields(ADA, "5.0.0", f"smtp; 550 Unknown user {ADA}"),
        ),
        ADA, ReportKind.BOUNCE, BounceReason.FILTERED, False,
    ),
    "Postfix, delayed": (
        build_report(
            """\
            # THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
            Your message could not be delivered for more than 4 hour(s).
            It will be retried until it is 5 day(s) old.
            """,
            recipient_fields(ADA, "4.4.1", "X-Postfix; connect to mx.mail.example[192.0.2.1]:25: Connection "
                "timed out", "delayed"),
        ),
        ADA, ReportKind.DELAYED, BounceReason.EXPIRED, False,
    ),
    "a full mailbox with a permanent code": (
        build_report("mailbox full\n",
            recipient_fields(ADA, "5.2.2",
                "smtp; 552 5.2.2 The recipient's inbox is out of storage "
            "space")),
        ADA, ReportKind.BOUNCE, BounceReason.MAILBOX_FULL, False,
    ),
    "an unknown host, temporarily": (
        build_report("\n",
            recipient_fields(ADA, "4.4.3",
                "X-Postfix; Host or domain name not found. Name service error: Host "
            "not found, try again")),
        ADA, ReportKind.BOUNCE, BounceReason.NETWORK_ERROR, False,
    ),
    "our network is blocked, in reply to RCPT": (
        build_report("\n",
            recipient_fields(ADA, "5.7.1",
                "smtp; 554 5.7.1 Service unavailable; Client host [203.0.113.9] "
            "blocked using zen.spamhaus.org")),
        ADA, ReportKind.BOUNCE, BounceReason.BLOCKED, False,
    ),
    "a program behind the server": (
        build_report("\n",
            recipient_fields(ADA, "5.1.1",
                'x-unix; /usr/bin/sorter: cannot open mailbox: No such user')),
        ADA, ReportKind.BOUNCE, BounceReason.MAILER_ERROR, False,
    ),
    "Amazon SES, wrapped reply": (
        build_report("\n",
            recipient_fields(ADA, "5.1.0",
                f"smtp; 5.1.0 - Unknown address error 550-'5.7.1 <{NEWSROOM}>... Access "
            f"denied' (delivery attempts: 0)")),
        ADA, ReportKind.BOUNCE, BounceReason.SECURITY, False,
    ),
    "Dovecot": (
        build_report(f"Your message to <{ADA}> was automatically rejected:\n"
            f"Quota exceeded (mailbox for user is full)\n", recipient_fields(ADA, "5.1.1", UNKNOWN_USER_DIAGNOSTIC)),
        ADA, ReportKind.BOUNCE, BounceReason.MAILBOX_FULL, False,
    ),
    "delivered": (
        build_report("Successfully delivered.\n", recipient_fields(ADA, "2.0.0", "smtp; 250 OK", "delivered")),
        ADA, ReportKind.NOTHING, None, False,
    ),
    "qmail": (
        build_text_message(
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
        ) + ORIGINAL_MESSAGE.encode(),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "qmail, unknown host": (
        build_text_message(f"<{ADA}>:\nSorry, I couldn't find any host named mail.example. (#5.1.2)\n\n"
            f"--- Below this line is a copy of the message.\n"),
        ADA, ReportKind.BOUNCE, BounceReason.HOST_UNKNOWN, True,
    ),
    "Exim": (
        build_text_message(
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
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Exim, sender refused": (
        build_text_message(f"  {ADA}\n    SMTP error from remote mail server after MAIL FROM:<{NEWSROOM}>:\n"
            f"    550 5.1.0 {NEWSROOM} user unknown\n"),
        ADA, ReportKind.BOUNCE, BounceReason.SENDER_REJECTED, False,
    ),
    "Exim, delayed": (
        build_text_message(
            f"A message that you sent has not yet been delivered to one or more of its recipients.\n\n  {ADA}\n"
            "    host mx.mail.example: 450 4.2.0 Greylisted\n\nNo action is required on your part.\n",
            subject="Warning: message 1rhA delayed 24 hours",
        ),
        ADA, ReportKind.DELAYED, BounceReason.POLICY_VIOLATION, False,
    ),
    "Gmail": (
        build_text_message(
            f"** Address not found **\n\n"
            f"Your message wasn't delivered to {ADA} because the address couldn't be found, or is unable to "
            f"receive mail.\n\n"
            "The response from the remote server was:\n"
            "550 5.1.1 The email account that you tried to reach does not exist.\n",
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Gmail, old format": (
        build_text_message(
            f"Delivery to the following recipient failed permanently:\n\n     {ADA}\n\n"
            f"Technical details of permanent failure:\n"
            "Google tried to deliver your message, but it was rejected by the recipient domain. The error that "
            "the other server "
            "returned was: 550 550 Unknown user (state 14).\n\n----- Original message -----\n",
            headers=f"X-Failed-Recipients: {ADA}\n",
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Yahoo": (
        build_text_message(f"Sorry, we were unable to deliver your message to the following address.\n\n<{ADA}>:\n"
            f"Remote host said:\n552 5.2.2 Mailbox full\n [RCPT_TO]\n"),
        ADA, ReportKind.BOUNCE, BounceReason.MAILBOX_FULL, False,
    ),
    "Exchange": (
        build_text_message(
            f"Your message\n\n  To:      {NEWSROOM}\n  Subject: Ferry\n\ndid not reach the following recipient(s):\n\n"
            f"{ADA} on Mon, 4 Mar 2024 09:31:00 +0000\n"
            "    The e-mail account does not exist at the organization this message was sent to.\n",
            sender="System Administrator <postmaster@mail.example>", subject="Undeliverable: Ferry",
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "OpenSMTPD": (
        build_text_message(f"    Hi!\n\n    An error has occurred while attempting to deliver a message for\n"
            f"    the following list of recipients:\n\n{ADA}: Domain does not exist\n"),
        ADA, ReportKind.BOUNCE, BounceReason.HOST_UNKNOWN, True,
    ),
    "OpenSMTPD, null MX": (
        build_text_message(f"    the following list of recipients:\n\n{ADA}: Domain does not accept mail\n"),
        ADA, ReportKind.BOUNCE, BounceReason.NOT_ACCEPTED, True,
    ),
    "Apache James": (
        build_text_message(
            f"Hi. This is the James mail server at mx.example.\nError message below:\n"
            f"550 - Requested action not taken: no such user here\n\n"
            f"Message details:\n  Subject: Ferry\n  MAIL FROM: {NEWSROOM}\n  RCPT TO: {ADA}\n  From: {NEWSROOM}\n"
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "MailMarshal": (
        build_text_message(
            f"Your message:\n   From:    {NEWSROOM}\n   Subject: Ferry\nCould not be delivered because of\n\n"
            f"550 5.1.1 User unknown\n\nThe following recipients were affected:\n    {ADA}\n"),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "InterScan": (
        build_text_message(
            f"Sent >>> RCPT TO:<{ADA}>\nReceived <<< 550 <{ADA}>... user unknown\n\n"
            f"Unable to deliver message to <{ADA}>.\n\n"
            "************************     Delayed header *************\n"
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "a server that lists errors": (
        build_text_message(
            f"We had trouble delivering your message. Full details follow:\n\nSubject: 'Ferry'\n1 error(s):\n"
            f"SMTP Server <mx.mail.example> rejected recipient\n"
            f"<{ADA}>\n(Error following RCPT command). It responded as follows: [550 no such user]\n"
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Notes": (
        build_text_message(
            f"------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n{ADA}\n\n"
            f"------- Returned Message --------\n", subject="Undeliverable message"),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Japanese, in ISO-2022-JP": (
        b"From: POSTMASTER <postmaster@mail.example>\nSubject: failure notice\n"
        b"Content-Type: text/plain; charset=iso-2022-jp\n\n"
        + f"以下のメールアドレスへの送信に失敗しました。\n{ADA}\n-------server message\n"
            f"550 メールボックスがいっぱいです\n".encode("iso-2022-jp"),
        ADA, ReportKind.BOUNCE, BounceReason.MAILBOX_FULL, False,
    ),
    "HTML only": (
        build_text_message(
            f"<html><style>p {{ color: red }}</style><p>Delivery has failed to these "
            f"recipients:</p><p>&lt;{ADA}&gt;</p>"
            "<p>#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##</p></html>",
            headers="Content-Type: text/html\n",
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "status fields in the text of a forwarded bounce": (
        build_text_message(
            f"> Your message could not be delivered.\n>\n> Final-Recipient: RFC822; {ADA}\n> Action: failed\n"
            f"> Status: 5.1.1\n"
            "> Diagnostic-Code: SMTP; 550 5.1.1 User\n"
            ">     unknown\n", sender="Ben <ben@lists.example>", subject="Fwd: Returned mail",
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "Amazon SES by SNS": (
        build_text_message(








                                            '{"Type":"Notification","Message":"{\\"notificationType\\":\\"Bounce\\",\\"bounce\\":{\\"bounceType\\":\\"Permanent\\",'








                                            f'\\"bouncedRecipients\\":[{{\\"emailAddress\\":\\"{ADA}\\",\\"action\\":\\"failed\\",\\"status\\":\\"5.1.1\\",'
            '\\"diagnosticCode\\":\\"smtp; 550 5.1.1 user unknown\\"}]}}"}\n',
            sender="no-reply@sns.amazonaws.example", subject="AWS Notification Message",
        ),
        ADA, ReportKind.BOUNCE, BounceReason.USER_UNKNOWN, True,
    ),
    "original message only": (
        build_text_message("Sorry.\n\n------ This is a copy of the message ------\n") + ORIGINAL_MESSAGE.encode(),
        ADA, ReportKind.BOUNCE, BounceReason.ON_HOLD, False,
    ),
}  # fmt: skip
