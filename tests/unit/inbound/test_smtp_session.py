"""The receiver's side of SMTP and LMTP, without sockets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.inbound.receive.smtp_session import (
    MAX_KEPT_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_LINE_BYTES,
    MAX_MESSAGES,
    MAX_ERRORS,
    CloseSession,
    SessionLimits,
    ReceivedMessage,
    StartTLS,
    SmtpSession,
)

OURS = "bounce+1a.0123456789abcdef@lists.example"
HELLO = b"EHLO mx.example\r\n"
START = HELLO + b"MAIL FROM:<>\r\nRCPT TO:<%s>\r\n" % OURS.encode()


def visit(**more: bool) -> SmtpSession:
    return SmtpSession(lambda address: address.lower() == OURS, "lists.example", **more)


def codes(said: bytes) -> list[str]:
    return [line[:3].decode() for line in said.split(b"\r\n") if line and line[3:4] != b"-"]


def test_a_message_is_taken_and_answered_as_whoever_reads_it_says():
    one = visit()
    assert one.greeting().startswith(b"220 lists.example ESMTP")
    said, event = one.receive_data(START + b"DATA\r\n")
    assert codes(said) == ["250", "250", "250", "354"] and event is None
    said, event = one.receive_data(b"Subject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n")
    assert (said, event) == (b"", ReceivedMessage((OURS,), b"Subject: x\r\n\r\n.dot\r\nend\r\n"))
    said, event = one.answer_message("451 4.3.0 not now")
    assert codes(said) == ["451", "221"] and event == CloseSession()
    assert one.receive_data(b"NOOP\r\n") == (b"", None)


def test_nobody_else_is_taken_and_no_message_without_a_recipient():
    one = visit()
    said, _ = one.receive_data(HELLO + b"MAIL FROM:<a@b.example>\r\nRCPT TO:<reader@elsewhere.example>\r\nDATA\r\n")
    assert codes(said) == ["250", "250", "550", "503"] and b"5.1.1" in said


def test_a_second_recipient_is_asked_to_come_again():
    said, _ = visit().receive_data(START + b"RCPT TO:<%s>\r\nDATA\r\n" % OURS.encode())
    assert codes(said)[-2:] == ["452", "354"]


def test_lmtp_gives_one_reply_for_its_one_recipient():
    one = visit(lmtp=True)
    one.receive_data(START.replace(b"EHLO", b"LHLO") + b"DATA\r\nx\r\n.\r\n")
    assert one.answer_message("250 2.0.0 taken in") == (b"250 2.0.0 taken in\r\n", None)


TWO = HELLO + b"MAIL FROM:<desk@news.example>\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nhi\r\n.\r\n"


@pytest.mark.parametrize(("lmtp", "replies"), [(False, ["250"]), (True, ["250", "250"])])
def test_a_message_for_several_recipients_is_answered_once_in_smtp_and_for_each_recipient_in_lmtp(lmtp, replies):
    one = SmtpSession(lambda address: True, "localhost", lmtp=lmtp, limits=SessionLimits(max_recipients=2))
    said, event = one.receive_data(TWO)
    assert codes(said) == ["250", "250", "250", "250", "354"]
    assert event == ReceivedMessage(("a@x.example", "b@x.example"), b"hi\r\n", "desk@news.example")
    assert codes(one.answer_message("250 2.0.0 kept")[0]) == replies


def test_a_session_takes_no_more_than_its_limits_allow():
    one = SmtpSession(lambda address: True, "localhost", limits=SessionLimits(kept_bytes=3, max_bytes=8, max_recipients=1, max_commands=6))
    said, event = one.receive_data(TWO)
    assert codes(said) == ["250", "250", "250", "452", "354"] and b"SIZE 8\r\n" in said
    assert event == ReceivedMessage(("a@x.example",), b"hi\r", "desk@news.example")
    assert codes(one.answer_message("250 2.0.0 kept")[0]) == ["250"]
    assert codes(one.receive_data(b"MAIL FROM:<> SIZE=9\r\n")[0]) == ["552"]
    said, event = one.receive_data(b"NOOP\r\n")
    assert codes(said) == ["421"] and event == CloseSession(refused=True)


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
def test_commands_are_answered(line, code):
    said, _ = visit().receive_data(HELLO + line + b"\r\n")
    assert codes(said)[-1] == code


def test_mail_needs_a_greeting_and_comes_once():
    assert codes(visit().receive_data(b"MAIL FROM:<>\r\n")[0]) == ["503"]
    assert codes(visit().receive_data(START + b"MAIL FROM:<>\r\n")[0])[-1] == "503"


def test_a_source_route_is_looked_through():
    said, _ = visit().receive_data(START.replace(b"TO:<", b"TO:<@relay.example:"))
    assert codes(said)[-1] == "250"


def test_a_message_that_is_only_a_dot_ends():
    assert visit().receive_data(START + b"DATA\r\n.\r\n")[1] == ReceivedMessage((OURS,), b"")


def test_bare_line_ends_do_not_end_a_message():
    one = visit()
    assert one.receive_data(START + b"DATA\r\nx\n.\nMAIL FROM:<>\r\n")[1] is None
    assert one.receive_data(b".\r\n")[1] == ReceivedMessage((OURS,), b"x\n.\nMAIL FROM:<>\r\n")


def test_of_a_long_message_the_beginning_is_kept_and_one_without_end_is_cut_off():
    one = visit()
    one.receive_data(START + b"DATA\r\n")
    piece = b"y" * 998 + b"\r\n"
    for _ in range(MAX_KEPT_BYTES // 1000 + 50):
        assert one.receive_data(piece) == (b"", None)
    _, event = one.receive_data(b".\r\n")
    assert isinstance(event, ReceivedMessage) and len(event.content) == MAX_KEPT_BYTES
    one = visit()
    one.receive_data(START + b"DATA\r\n")
    event = None
    for _ in range(MAX_MESSAGE_BYTES // 65_536 + 1):
        said, event = one.receive_data(b"z" * 65_536)
    assert codes(said) == ["552"] and event == CloseSession(refused=True)


def test_a_line_without_end_ends_the_visit():
    said, event = visit().receive_data(b"A" * MAX_LINE_BYTES)
    assert codes(said) == ["500"] and event == CloseSession(refused=True)
    said, event = visit().receive_data(b"A" * MAX_LINE_BYTES + b"\r\n")
    assert codes(said) == ["500"] and event == CloseSession(refused=True)


def test_whoever_tries_addresses_is_sent_away():
    one = visit()
    one.receive_data(HELLO + b"MAIL FROM:<>\r\n")
    said, event = one.receive_data(b"RCPT TO:<a@lists.example>\r\n" * 50)
    assert codes(said) == ["550"] * MAX_ERRORS + ["421"] and event == CloseSession(refused=True)
    assert one.errors == MAX_ERRORS


def test_after_many_messages_somebody_else_gets_a_turn():
    one = visit()
    for _ in range(MAX_MESSAGES):
        one.receive_data(START + b"DATA\r\n.\r\n")
        said, event = one.answer_message("250 2.0.0 taken in")
    assert codes(said) == ["250", "421"] and event == CloseSession(refused=True)


def test_nothing_said_before_tls_counts():
    said, event = visit(starttls=True).receive_data(HELLO + b"STARTTLS\r\n")
    assert codes(said)[-1] == "220" and event == StartTLS() and b"250 STARTTLS" in said
    said, event = visit(starttls=True).receive_data(HELLO + b"STARTTLS\r\nMAIL FROM:<>\r\n")
    assert codes(said)[-1] == "501" and event == CloseSession(refused=True)


def spoken(pieces: list[bytes], **more: bool) -> tuple[bytes, list[ReceivedMessage]]:
    """Everything a visit answers, and the messages it took."""
    one, said, messages = visit(**more), b"", []
    for piece in pieces:
        more_said, event = one.receive_data(piece)
        said += more_said
        while isinstance(event, ReceivedMessage):
            messages.append(event)
            more_said, event = one.answer_message("250 2.0.0 taken in")
            said += more_said
    return said, messages


SCRIPT = (START + b"DATA\r\nSubject: x\r\n\r\n..\r\n.x\r\n\r\n.\r\nRSET\r\n") * 2 + b"VRFY x\r\nbad\r\nQUIT\r\n"


@given(st.lists(st.integers(0, len(SCRIPT)), max_size=40))
def test_it_makes_no_difference_how_the_bytes_come(cuts):
    at = [0, *sorted(cuts), len(SCRIPT)]
    pieces = [SCRIPT[start:end] for start, end in pairwise(at)]
    assert spoken(pieces) == spoken([SCRIPT])


WORDS = st.sampled_from(
    [
        START,
        b"DATA\r\n",
        b"MAIL FROM:<>",
        b"RCPT TO:<",
        OURS.encode(),
        b">",
        b"\r\n",
        b".\r\n",
        b"\n",
        b".",
        b"RSET\r\n",
    ]
)


@given(st.lists(WORDS | st.binary(max_size=40), max_size=60), st.booleans())
def test_whatever_comes_it_answers_in_whole_lines_and_takes_only_what_is_ours(pieces, lmtp):
    said, messages = spoken(pieces, lmtp=lmtp)
    assert not said or said.endswith(b"\r\n")
    assert all(line[:3].isdigit() and line[3:4] in (b" ", b"-") for line in said.split(b"\r\n")[:-1])
    assert all([address.lower() for address in message.recipients] == [OURS] for message in messages)


@given(st.lists(st.sampled_from([b".", b"\r\n", b"a", b"\n", b"\r"]), max_size=30))
def test_what_a_sender_stuffs_comes_out_as_it_was(pieces):
    text = b"".join(pieces) + b"\r\n"
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
    assert spoken([START + b"DATA\r\n" + stuffed + b".\r\n"])[1] == [ReceivedMessage((OURS,), text)]
