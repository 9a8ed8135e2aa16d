"""Servers that send no delivery status: each names the recipient and the error in its own text."""

import pytest

from stoppress.inbound.bounces import BounceReason, parse_report
from tests.factories.bounce_messages import ADA, BEN, build_text_message

UNKNOWN, FULL = BounceReason.USER_UNKNOWN, BounceReason.MAILBOX_FULL

#: name → text, reason; the address is dead if the reason is USER_UNKNOWN
SERVERS: dict[str, tuple[str, BounceReason]] = {
    "CommuniGate": (
        f"Failed to deliver to '{ADA}'\nLOCAL module(account ada) reports:\n account does not exist\n",
        UNKNOWN,
    ),
    "CommuniGate, full": (
        f"Failed to deliver to '{ADA}'\nLOCAL module(account ada) reports:\n account is full (quota exceeded)\n",
        FULL,
    ),
    "Courier": (
        f"Your message to the following recipients cannot be delivered:\n\n<{ADA}>:\n    mx.mail.example [192.0.2.1]:\n"
        f">>> RCPT TO:<{ADA}>\n<<< 550 User unknown\n",
        UNKNOWN,
    ),
    "Domino": (
        f"Your message\n\n  Subject: Ferry\n\nwas not delivered to:\n\n  {ADA}\n\nbecause:\n\n"
        f"  User ada ({ADA}) not listed in Domino Directory\n",
        UNKNOWN,
    ),
    "Domino, full": (
        f"Your message\n\n  Subject: Ferry\n\nwas not delivered to:\n\n  {ADA}\n\nbecause:\n\n"
        "  Error delivering to ada; Router: Database disk quota exceeded\n",
        FULL,
    ),
    "Exchange 5.5": (
        f"Your message\n\n  To:      {BEN}\n  Subject: Ferry\n\ndid not reach the following recipient(s):\n\n"
        f"c=us;a= ;p=Example;o=SITE;dda:SMTP={ADA}; on Mon, 4 Mar 2002\n    The recipient name is not recognized\n"
        "    MSEXCH:IMS:Example:SITE:MX 0 (000C05A6) Unknown Recipient\n",
        UNKNOWN,
    ),
    "Exim of its own mailboxes": (
        f"This is a permanent error. The following address(es) failed:\n\n  {ADA}\n    unknown user\n",
        UNKNOWN,
    ),
    "Exim of an alias": (
        f"The following address(es) failed:\n\n  {ADA}\n    (generated from {BEN})\n"
        f"    SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    host mx.mail.example: 550 User unknown\n",
        UNKNOWN,
    ),
    "GMX": (
        f'The following address(es) failed:\n\n"{ADA}":\nSMTP error from remote server after RCPT command:\n'
        f"host: mx.mail.example\n5.1.1 <{ADA}>... User is unknown\n",
        UNKNOWN,
    ),
    "GroupWise": (
        f"The message that you sent was undeliverable to the following:\n\n\t{ADA} (user not found)\n",
        UNKNOWN,
    ),
    "hMailServer": (
        f"The following recipient(s) could not be reached:\n\n{ADA}\n   Error Type: SMTP\n"
        f"   hMailServer sent: RCPT TO:<{ADA}>\n   Remote server replied: 550 No such user here\n",
        UNKNOWN,
    ),
    "MDaemon": (
        f"The attached message had PERMANENT fatal delivery errors!\n\n- Recipient(s) --------\n{ADA}\n\n"
        f"--- Session Transcript ---\n Mon 09:30:01: --> RCPT To:<{ADA}>\n"
        f" Mon 09:30:01: <-- 550 <{ADA}>, Recipient unknown\n--- End Transcript ---\n",
        UNKNOWN,
    ),
    "Mercury": (
        f"The following addresses failed:\n\n*** {ADA}\n    RCPT TO generated following response:\n550 No such user\n",
        UNKNOWN,
    ),
    "qmail, an address given up": (f"<{ADA}>:\nThis address no longer accepts mail.\n", UNKNOWN),
    "qmail, full": (f"<{ADA}>:\nThe users mailfolder is over the allowed quota (size). (#5.2.2)\n", FULL),
    "a list for its members": (
        f"<{ADA}>:\nSorry, only subscribers may post. (#5.7.2)\n",
        BounceReason.SENDER_REJECTED,
    ),
    "Sendmail of an alias": (
        f"   ----- The following addresses had permanent fatal errors -----\n<{ADA}>\n"
        f"    (reason: 550 5.1.1 <{ADA}>... User unknown)\n    (expanded from: <{BEN}>)\n",
        UNKNOWN,
    ),
    "a filter in between": (
        f"Your message to: {ADA}\nwas blocked by our Spam Firewall.\n",
        BounceReason.SPAM_DETECTED,
    ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_recipient_and_reason_are_found_in_text_of_each_server(name: str) -> None:
    text, reason = SERVERS[name]
    [found] = parse_report(build_text_message(text)).recipients
    assert (found.address, found.reason, found.dead) == (ADA, reason, reason is UNKNOWN)
