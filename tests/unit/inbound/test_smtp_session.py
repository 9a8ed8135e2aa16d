"""Server side of SMTP and LMTP, without sockets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.inbound.receive.smtp_session import (
    MAX_ERRORS,
    MAX_KEPT_BYTES,
    MAX_LINE_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_MESSAGES,
    CloseSession,
    ReceivedMessage,
    SessionLimits,
    SmtpSession,
    StartTLS,
)

SIGNED_ADDRESS = "bounce+1a.0123456789abcdef@lists.example"
EHLO = b"EHLO mx.example\r\n"
START = EHLO + b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\n" % SIGNED_ADDRESS.encode()


def new_session(**options: bool) -> SmtpSession:
    return SmtpSession(lambda address: address.lower() == SIGNED_ADDRESS, "lists.example", **options)


def codes(output: bytes) -> list[str]:
    return [line[:3].decode() for line in output.split(b"\r\n") if line and line[3:4] != b"-"]


def test_session_returns_message_and_sends_reply_of_its_handler():
    session = new_session()
    assert session.greeting().startswith(b"220 lists.example ESMTP")
    output, event = session.receive_data(START + b"DATA\r\n")
    assert codes(output) == ["250", "250", "250", "354"] and event is None
    output, event = session.receive_data(b"Subject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n")
    assert (output, event) == (b"", ReceivedMessage((SIGNED_ADDRESS,), b"Subject: x\r\n\r\n.dot\r\nend\r\n"))
    output, event = session.answer_message("451 4.3.0 Try again later")
    assert codes(output) == ["451", "221"] and event == CloseSession()
    assert session.receive_data(b"NOOP\r\n") == (b"", None)


def test_session_refuses_unknown_recipient_and_data_without_recipient():
    session = new_session()
    output, _ = session.receive_data(
        EHLO + b"MAIL FROM:<a@b.example>\r\nRCPT TO:<reader@elsewhere.example>\r\nDATA\r\n"
    )
    assert codes(output) == ["250", "250", "550", "503"] and b"5.1.1" in output


def test_session_refuses_second_recipient_temporarily():
    output, _ = new_session().receive_data(START + b"RCPT TO:<%s>\r\nDATA\r\n" % SIGNED_ADDRESS.encode())
    assert codes(output)[-2:] == ["452", "354"]


def test_lmtp_session_sends_one_reply_for_one_recipient():
    session = new_session(lmtp=True)
    session.receive_data(START.replace(b"EHLO", b"LHLO") + b"DATA\r\nx\r\n.\r\n")
    assert session.answer_message("250 2.0.0 Recorded") == (b"250 2.0.0 Recorded\r\n", None)


TWO_RECIPIENTS = (
    EHLO + b"MAIL FROM:<desk@news.example>\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nhi\r\n.\r\n"
)


@pytest.mark.parametrize(("lmtp", "replies"), [(False, ["250"]), (True, ["250", "250"])])
def test_message_for_several_recipients_is_answered_once_in_smtp_and_per_recipient_in_lmtp(lmtp, replies):
    session = SmtpSession(lambda address: True, "localhost", lmtp=lmtp, limits=SessionLimits(max_recipients=2))
    output, event = session.receive_data(TWO_RECIPIENTS)
    assert codes(output) == ["250", "250", "250", "250", "354"]
    assert event == ReceivedMessage(("a@x.example", "b@x.example"), b"hi\r\n", "desk@news.example")
    assert codes(session.answer_message("250 2.0.0 Stored")[0]) == replies


def test_session_enforces_its_limits():
    session = SmtpSession(
        lambda address: True,
        "localhost",
        limits=SessionLimits(kept_bytes=3, max_bytes=8, max_recipients=1, max_commands=6),
    )
    output, event = session.receive_data(TWO_RECIPIENTS)
    assert codes(output) == ["250", "250", "250", "452", "354"] and b"SIZE 8\r\n" in output
    assert event == ReceivedMessage(("a@x.example",), b"hi\r", "desk@news.example")
    assert codes(session.answer_message("250 2.0.0 Stored")[0]) == ["250"]
    assert codes(session.receive_data(b"MAIL FROM:<> SIZE=9\r\n")[0]) == ["552"]
    output, event = session.receive_data(b"NOOP\r\n")
    assert codes(output) == ["421"] and event == CloseSession(refused=True)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME SMTPUTF8", "250"),
        (b"mail from: <\xc3\xa4@b.example>", "250"),
        (b"MAIL FROM:<\xff\xfe>", "250"),
        (b"MAIL FROM:<> SIZE=99999999999", "552"),
        (b"MAIL FROM:<> RET=HDRS", "555"),
        (b"MAIL FROM:<> SIZE=\xc2\xb2", "555"),
        (b"MAIL FROM: nobody", "501"),
        (b"MAIL", "501"),
        (b"RCPT TO:<x@y.example>", "503"),
        (b"DATA", "503"),
        (b"VRFY reader@elsewhere.example", "252"),
        (b"EXPN list", "500"),
        (b"STARTTLS", "502"),
        (b"AUTH PLAIN AGEAYg==", "500"),
        (b"", "500"),
        (b"NOOP", "250"),
        (b"HELP", "214"),
        (b"RSET", "250"),
    ],
)
def test_session_answers_command_with_code(line, code):
    output, _ = new_session().receive_data(EHLO + line + b"\r\n")
    assert codes(output)[-1] == code


def test_mail_is_refused_without_greeting_and_when_repeated():
    assert codes(new_session().receive_data(b"MAIL FROM:<>\r\n")[0]) == ["503"]
    assert codes(new_session().receive_data(START + b"MAIL FROM:<>\r\n")[0])[-1] == "503"


def test_source_route_is_removed_from_recipient():
    output, _ = new_session().receive_data(START.replace(b"TO:<", b"TO:<@relay.example:"))
    assert codes(output)[-1] == "250"


def test_message_ends_when_it_is_only_a_dot():
    assert new_session().receive_data(START + b"DATA\r\n.\r\n")[1] == ReceivedMessage((SIGNED_ADDRESS,), b"")


def test_message_does_not_end_at_bare_line_feeds():
    session = new_session()
    assert session.receive_data(START + b"DATA\r\nx\n.\nMAIL FROM:<>\r\n")[1] is None
    assert session.receive_data(b".\r\n")[1] == ReceivedMessage((SIGNED_ADDRESS,), b"x\n.\nMAIL FROM:<>\r\n")


def test_long_message_is_truncated_and_too_long_message_ends_session():
    session = new_session()
    session.receive_data(START + b"DATA\r\n")
    piece = b"y" * 998 + b"\r\n"
    for _ in range(MAX_KEPT_BYTES // 1000 + 50):
        assert session.receive_data(piece) == (b"", None)
    _, event = session.receive_data(b".\r\n")
    assert isinstance(event, ReceivedMessage) and len(event.content) == MAX_KEPT_BYTES
    session = new_session()
    session.receive_data(START + b"DATA\r\n")
    event = None
    for _ in range(MAX_MESSAGE_BYTES // 65_536 + 1):
        output, event = session.receive_data(b"z" * 65_536)
    assert codes(output) == ["552"] and event == CloseSession(refused=True)


def test_session_ends_when_line_is_too_long():
    output, event = new_session().receive_data(b"A" * MAX_LINE_BYTES)
    assert codes(output) == ["500"] and event == CloseSession(refused=True)
    output, event = new_session().receive_data(b"A" * MAX_LINE_BYTES + b"\r\n")
    assert codes(output) == ["500"] and event == CloseSession(refused=True)


def test_session_ends_after_too_many_unknown_recipients():
    session = new_session()
    session.receive_data(EHLO + b"MAIL FROM:<>\r\n")
    output, event = session.receive_data(b"RCPT TO:<a@lists.example>\r\n" * 50)
    assert codes(output) == ["550"] * MAX_ERRORS + ["421"] and event == CloseSession(refused=True)
    assert session.errors == MAX_ERRORS


def test_session_ends_after_too_many_messages():
    session = new_session()
    for _ in range(MAX_MESSAGES):
        session.receive_data(START + b"DATA\r\n.\r\n")
        output, event = session.answer_message("250 2.0.0 Recorded")
    assert codes(output) == ["250", "421"] and event == CloseSession(refused=True)


def test_starttls_is_refused_when_data_follows():
    output, event = new_session(starttls=True).receive_data(EHLO + b"STARTTLS\r\n")
    assert codes(output)[-1] == "220" and event == StartTLS() and b"250 STARTTLS" in output
    output, event = new_session(starttls=True).receive_data(EHLO + b"STARTTLS\r\nMAIL FROM:<>\r\n")
    assert codes(output)[-1] == "501" and event == CloseSession(refused=True)


def run_session(pieces: list[bytes], **options: bool) -> tuple[bytes, list[ReceivedMessage]]:
    """Return the whole output of a session, and its messages."""
    session, output, messages = new_session(**options), b"", []
    for piece in pieces:
        more_output, event = session.receive_data(piece)
        output += more_output
        while isinstance(event, ReceivedMessage):
            messages.append(event)
            more_output, event = session.answer_message("250 2.0.0 Recorded")
            output += more_output
    return output, messages


SCRIPT = (START + b"DATA\r\nSubject: x\r\n\r\n..\r\n.x\r\n\r\n.\r\nRSET\r\n") * 2 + b"VRFY x\r\nbad\r\nQUIT\r\n"


@given(st.lists(st.integers(0, len(SCRIPT)), max_size=40))
def test_session_gives_same_output_however_bytes_are_split(cuts):
    at = [0, *sorted(cuts), len(SCRIPT)]
    pieces = [SCRIPT[start:end] for start, end in pairwise(at)]
    assert run_session(pieces) == run_session([SCRIPT])


FRAGMENTS = st.sampled_from(
    [
        START,
        b"DATA\r\n",
        b"MAIL FROM:<>",
        b"RCPT TO:<",
        SIGNED_ADDRESS.encode(),
        b">",
        b"\r\n",
        b".\r\n",
        b"\n",
        b".",
        b"RSET\r\n",
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=40), max_size=60), st.booleans())
def test_session_answers_in_whole_lines_and_accepts_only_known_recipients(pieces, lmtp):
    output, messages = run_session(pieces, lmtp=lmtp)
    assert not output or output.endswith(b"\r\n")
    assert all(line[:3].isdigit() and line[3:4] in (b" ", b"-") for line in output.split(b"\r\n")[:-1])
    assert all([address.lower() for address in message.recipients] == [SIGNED_ADDRESS] for message in messages)


@given(st.lists(st.sampled_from([b".", b"\r\n", b"a", b"\n", b"\r"]), max_size=30))
def test_dot_stuffing_is_removed(pieces):
    text = b"".join(pieces) + b"\r\n"
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
    assert run_session([START + b"DATA\r\n" + stuffed + b".\r\n"])[1] == [ReceivedMessage((SIGNED_ADDRESS,), text)]
