"""Replies of large providers and common servers, with their expected reason, written by hand."""

import pytest

from stoppress.bounce_rules.report import BounceReason
from stoppress.bounce_rules.tables.reason_patterns import REASON_PATTERNS, find_reason

EXAMPLES = {
    BounceReason.USER_UNKNOWN: [
        '550 5.1.1 Alıcı bulunamadı',
        "550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown in virtual mailbox table",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address",
        "554 delivery error: dd This user doesn't have a mail.example account (ada@mail.example) [0]",
        "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)",
        "550 5.1.1 Requested action not taken: mailbox unavailable",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [x.prod.protection.example]",
        "550 No such user here",
        "550 No Such User Here\"",
        "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
        "550 Unrouteable address: unknown user",
        "550 5.1.1 ada@mail.example user does not exist",
        "550 Invalid recipient ada@mail.example (Mode: normal)",
        "550 5.1.1 User Unknown",
        "550 Requested action not taken: mailbox unavailable",
        "553 5.3.0 <ada@mail.example>... No such user",
        "550 #5.1.0 Unknown address ada@mail.example",
        "550 MAILBOX NOT FOUND",
        "550 Mailbox does not exist",
        "550 Address unknown",
        "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]",
        "550 Empfaenger unbekannt",
        "550 5.1.1 <ada@mail.example> is not a valid mailbox",
        "550 Message was not accepted -- invalid mailbox.  Local mailbox ada@mail.example is unavailable: user "
        "not found",
        "550 5.7.1 No such user!",
        "User ada (ada@mail.example) not listed in public Name & Address Book",
        "550 5.1.1 unknown or illegal alias: ada@mail.example",
        "550 Recipient unknown <ada@mail.example>",
        "550 Unknown user",
        "450 4.1.1 <ada@mail.example>: Recipient address rejected: unverified address: Address lookup failed: "
        "user unknown",
        "554 5.1.1 <ada@mail.example>: recipient does not exist",
        "The e-mail account does not exist at the organization this message was sent to.",
        "550 El usuario no existe",
        "550 utente sconosciuto",
        "ユーザが見つかりません",
        "550 5.1.1 Destinatario inexistente",
        "550 user not found",
        "550 account does not exist",
        "550 cannot find account ada",
        "550 5.1.1 sorry, that address is not in our directory",
        "550 mailbox for ada not found",
    ],
    BounceReason.HOST_UNKNOWN: [
        "Host or domain name not found. Name service error for name=mail.example type=AAAA: Host not found",
        "550 Host unknown",
        "Unrouteable address",
        "all relevant hosts are unknown hosts; point to non-existent hosts or (invalidly) to IP addresses",
        "Domain does not exist",
        "sorry, I couldn't find any host named mail.example. (#5.1.2)",
        "DNS Error: DNS type 'mx' lookup of mail.example responded with code NXDOMAIN Domain name not found: "
        "mail.example",
        "550 5.1.2 <ada@mail.example>... Host unknown (Name server: mail.example: host not found)",
        "No such domain.",
    ],
    BounceReason.NOT_ACCEPTED: [
        "Domain mail.example does not accept mail (nullMX)",
        "556 5.1.10 Recipient address has null MX",
        "550 Host does not accept mail",
        "an MX or SRV record indicated no SMTP service",
        "521 this host does not accept mail",
    ],
    BounceReason.HAS_MOVED: [
        "551 5.1.6 user has moved to a new address",
        "550 recipient no longer on server: ada@mail.example",
        "551 User not local; please try <ada@other.example>",
    ],
    BounceReason.MAILBOX_FULL: [
        '552 De mailbox is vol',
        '552 Brevlådan är full',
        '552 Postkassen er fuld',
        '552 Innboksen er full',
        '552 Posta kutusu dolu',
        '552 5.2.2 Schránka je plná',
        "552 5.2.2 <ada@mail.example> mailbox full",
        "452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to "
        "https://support.example",
        "552-5.2.2 The recipient's inbox is out of storage space.",
        "552 Quota exceeded (mailbox for user is full)",
        "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        "550 5.7.1 Mailbox size limit exceeded",
        "552 Requested mail action aborted, mailbox <ada@mail.example> is over its quota",
        "maildir delivery failed: The user's disk quota is exceeded",
        "Sorry, the user's maildir has overdrawn his diskspace quota, please try again later",
        "552 <ada@mail.example> user's mailbox is full",
        "550 5.2.2 over quota",
        "554 5.7.1 <ada@mail.example>: account is over quota",
        "User mailbox exceeds allowed size: ada@mail.example",
        "452 4.2.2 Over Quota",
        "550 Boite du destinataire pleine. Recipient overquota. OFR417_417",
        "552 5.2.2 Das Postfach ist voll",
        "Not enough storage space in ada's mailbox. Storage: 101%",
        "The recipient's mailbox is full and can't accept messages now.",
        "Ящик получателя переполнен",
        "mailbox is full: retry timeout exceeded",
    ],
    BounceReason.SUSPENDED: [
        "550 5.2.1 The email account that you tried to reach is disabled.",
        "554 30 Sorry, your message to ada@mail.example cannot be delivered. This mailbox is disabled (554.30).",
        "550 5.2.1 mailbox disabled, not accepting messages",
        "550 Account is suspended",
        "550 This account has been disabled or discontinued [#101].",
        "550 5.2.1 <ada@mail.example> account has been locked",
        "550 user is inactive",
        "550 Mailbox is frozen",
        "550 5.2.1 The email account that you tried to reach is inactive",
        "525 5.7.13 Disabled recipient address",
        "550 Account inactive",
    ],
    BounceReason.AUTH_FAILURE: [
        '550-5.7.26 This mail has been blocked because the sender is unauthenticated.',
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated. SPF [list.example] did "
        "not pass",
        "550 5.7.1 Email rejected per SPF policy",
        "550 5.7.509 Access denied, sending domain list.example does not pass DMARC verification and has a "
        "DMARC policy of reject.",
        "550 5.7.515 Access denied, sending domain list.example does not meet the required authentication level.",
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        "550 5.7.20 DKIM signature did not verify",
        "554 5.7.5 Permanent error evaluating DMARC policy",
        "550-5.7.26 Unauthenticated email from list.example is not accepted due to domain's DMARC policy.",
    ],
    BounceReason.REQUIRES_PTR: [
        "550-5.7.25 [203.0.113.9] The IP address sending this message does not have a PTR record setup",
        "554 5.7.1 Fix reverse DNS for 203.0.113.9",
        "450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.9]",
        "550 Your IP has no reverse DNS",
    ],
    BounceReason.STARTTLS_FAILED: [
        "530 5.7.0 Must issue a STARTTLS command first",
        "TLS is required, but was not offered by host mx.mail.example",
        "Cannot start TLS: handshake failure",
        "Server certificate not trusted",
    ],
    BounceReason.RELAYING_DENIED: [
        "554 5.7.1 <ada@mail.example>: Relay access denied",
        "550 5.7.1 Unable to relay for ada@mail.example",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 relay not permitted",
        "550 5.7.64 TenantAttribution; Relay Access Denied [x.prod.protection.example]",
        "551 we do not relay",
        "554 Message rejected: Email address is not verified.",
    ],
    BounceReason.BLOCKED: [
        '550 permanent failure for one or more recipients (a@b.example:blocked)',
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org",
        "550 5.7.1 Service unavailable, Client host [203.0.113.9] blocked using Spamhaus. To request removal "
        "from this list see",
        "550 SC-001 (BAY004) Unfortunately, messages from 203.0.113.9 weren't sent. Please contact your "
        "Internet service provider "
        "since part of their network is on our block list.",
        "553 5.7.1 [BL21] Connections will not be accepted from 203.0.113.9, because the ip is in Spamhaus's list",
        "550 5.7.606 Access denied, banned sending IP [203.0.113.9]",
        "554-mx.example Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is black listed.",
        "550 Your IP address 203.0.113.9 has been blacklisted",
        "554 Denied: your server 203.0.113.9 is listed at rbl.example",
        "571 Email from 203.0.113.9 is currently blocked by our servers",
        "554 5.7.1 Client host rejected: Access denied",
        "550 Dynamic IP not accepted",
        "421 4.7.0 [TSS04] Messages from 203.0.113.9 temporarily deferred",
        "550 Rejected HELO host: invalid HELO name (See RFC2821 4.1.1.1)",
    ],
    BounceReason.BAD_REPUTATION: [
        "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
        "550-5.7.1 Our system has detected that this message is likely suspicious due to the very low "
        "reputation of the sending IP",
        "421 4.7.0 [TS01] Messages from 203.0.113.9 temporarily deferred due to user complaints - 4.16.55.1",
    ],
    BounceReason.RATE_LIMITED: [
        "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP",
        "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional "
        "messages from being delivered.",
        "452 4.5.3 Too many recipients",
        "421 too many connections from your host",
        "451 4.7.500 Server busy. Please try again later: too many messages",
        "554 5.4.5 Daily sending quota exceeded",
        "421 4.7.0 Connection rate limit exceeded",
        "550 5.2.1 This user has received too many messages too quickly",
        "451 Mail rate exceeds allowed limit",
    ],
    BounceReason.SPAM_DETECTED: [
        '554 5.7.1 Message rejected under suspicion of SPAM',
        "550 5.7.1 This message has been identified as spam",
        "554 5.7.1 Message scored too high on spam scale",
        "550 High probability of spam",
        "554 5.7.1 Spam message rejected",
        "550-5.7.1 [203.0.113.9] Our system has detected that this message is likely unsolicited mail.",
        "554 rejected due to spam content",
        "550 5.7.1 Message rejected as spam by Content Filtering.",
        "571 Message Refused: junk mail",
        "550 spam mail detected",
        "554 5.7.1 [P4] Message blocked due to spam content in the message.",
        "552 spamassassin score 12.2",
        "550 Rejected by anti-spam policy",
    ],
    BounceReason.VIRUS_DETECTED: [
        "550 5.7.1 Virus detected",
        "554 5.7.1 The message was rejected: it is infected by Worm.Example",
        "552 5.7.0 malware found",
    ],
    BounceReason.CONTENT: [
        "552 5.7.0 Attachment type not allowed: .exe",
        "550 5.6.0 Message content rejected",
        "550 File extension .scr is blocked",
        "554 5.6.1 improper use of 8-bit data",
    ],
    BounceReason.NOT_COMPLIANT: [
        "550-5.7.1 This message is not RFC 5322 compliant, the issue is: 'From' header is missing.",
        "550 5.7.1 Messages missing a valid Message-ID header are not accepted.",
        "554 5.6.0 message violates RFC 2822: duplicate From header",
        "552 5.7.1 bare LF received",
    ],
    BounceReason.TOO_BIG: [
        "552 5.3.4 Message size exceeds fixed maximum message size",
        "552 5.2.3 Message length exceeds administrative limit",
        "552 5.3.4 message file too big",
        "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
        "552 message too large",
        "554 5.3.4 Message too big for system",
        "552 Message exceeds maximum allowed size",
    ],
    BounceReason.SENDER_REJECTED: [
        '550 Requested action not taken: mailbox unavailable invalid DNS MX or A/AAAA resource record',
        '550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList; sender not in allowed-senders list',
        "550 Sender address rejected: Domain not found",
        "553 5.1.8 <news@list.example>... Domain of sender address news@list.example does not exist",
        "550 Sender verify failed",
        "501 5.1.7 Invalid sender",
        "550 5.7.1 You are not allowed to send mail to this list",
        "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)",
        "550 5.7.1 Sender rejected",
        "554 5.7.1 <news@list.example>: Sender address rejected: Access denied",
        "550 Callback setup failed while verifying sender address",
    ],
    BounceReason.POLICY_VIOLATION: [
        "554 Message not allowed - [PH01] Email not accepted for policy reasons.",
        "550 5.7.1 Message rejected due to local policy",
        "550 Administrative prohibition: policy",
        "552-5.7.0 This message was blocked because its content presents a potential security issue.",
    ],
    BounceReason.SECURITY: [
        "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
        "530 5.7.1 Authentication required",
        "550 5.7.1 Delivery not authorized",
        "550 5.7.1 <news@list.example>... Access denied (state 13).",
    ],
    BounceReason.EXPIRED: [
        "Message expired: delivery time expired",
        "connect to mx.mail.example[203.0.113.9]:25: Connection timed out",
        "Message could not be delivered for 5 days",
        "retry timeout exceeded",
        "The recipient server did not accept our requests to connect.",
        "550 4.4.7 QUEUE.Expired; message expired",
        "connect to mx.mail.example[203.0.113.9]:25: Connection refused",
    ],
    BounceReason.NETWORK_ERROR: [
        "554 5.4.6 Too many hops 26 (25 max)",
        "message looping: it loops back to myself",
        "No route to host",
        "lost connection with mx.mail.example[203.0.113.9] while receiving the initial server greeting",
        "Network error on destination MXs",
    ],
    BounceReason.SYSTEM_ERROR: [
        "451 4.3.0 Temporary lookup failure",
        "451 Local error in processing",
        "421 Service not available, closing transmission channel",
        "550 5.3.5 System incorrectly configured: configuration error",
        "Unable to contact LDAP server. (#4.4.3)",
    ],
    BounceReason.SYSTEM_FULL: ["452 4.3.1 Insufficient system "
        "storage", "452 4.3.1 Mail system full", "write error: No space left on device"],
    BounceReason.MAILER_ERROR: [
        "Command died with status 1: \"/usr/bin/filter\"",
        "local delivery failed: Child process of virtual_transport transport returned 127",
    ],
    BounceReason.SYNTAX_ERROR: [
        "503 5.5.1 Bad sequence of commands",
        "504 Command parameter not implemented",
        "500 5.5.2 Unrecognized command",
        "501 Syntax error in parameters or arguments",
    ],
    BounceReason.SUPPRESSED: [
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing; see "
        "the account-level suppression list",
        "550 5.1.1 recipient is on the suppression list",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, texts in EXAMPLES.items() for text in texts])
def test_find_reason_returns_reason_of_wording(reason: BounceReason, text: str) -> None:
    assert find_reason(text) is reason


def test_find_reason_returns_none_when_no_pattern_matches() -> None:
    assert find_reason("550 5.0.0 no") is None
    assert find_reason("") is None


def test_find_reason_ignores_fragment_of_link() -> None:
    assert find_reason("550 see https://help.example/bounces#mailbox-full") is None


def test_every_reason_of_the_table_has_an_example() -> None:
    assert {reason for reason, _ in REASON_PATTERNS} - {BounceReason.FILTERED, BounceReason.ON_HOLD} <= set(EXAMPLES)
