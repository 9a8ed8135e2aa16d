"""The conversation without a socket: every move of it, any cut of the bytes, any garbage."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.smtp.conversation import StepAccepted, Conversation, ConversationEvent, ConversationFailed, ConversationState
from stoppress.smtp.dot_stuffing import dot_stuff, normalise_line_ends
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import CommandSequenceError, RelayProtocolError, RelayLoginError, SenderRefusedError, RelayUnavailableError
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Refused, SmtpStep, Uncertain
from stoppress.smtp.pipelining import MAX_PIECE_BYTES, MessageFinished
from stoppress.smtp.reply import MAX_LINE_BYTES, Reply, ReplyParser

TEXT = b"Subject: Flood\r\n\r\n.dots\r\n"
OFFERS = ("PIPELINING", "SIZE 10000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN", "STARTTLS")
ADDRESSES = st.text() | st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1))
WELCOME = b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n"


def ready(*offers: str) -> Conversation:
    """A conversation past its EHLO."""
    conversation = Conversation()
    assert conversation.receive_data(b"220 mx.example ESMTP\r\n") == [StepAccepted(SmtpStep.GREETING)]
    conversation.ehlo("news.example")
    assert said(conversation) == b"EHLO news.example\r\n"
    lines = ["mx.example", *(offers or OFFERS)]
    answer = "".join(f"250{' ' if line is lines[-1] else '-'}{line}\r\n" for line in lines)
    assert conversation.receive_data(answer.encode()) == [StepAccepted(SmtpStep.EHLO)]
    return conversation


def mailing(*offers: str, text: bytes = TEXT) -> Conversation:
    conversation = ready(*offers)
    conversation.start_window(one("b@news.example", "r@example.org", text))
    return conversation


def one(sender: str, recipient: str, message: bytes) -> list[Envelope]:
    return [Envelope(sender, recipient, message, is_smtp_ready=False)]


def said(conversation: Conversation) -> bytes:
    return b"".join(iter(conversation.data_to_send, b""))


def outcome(events: list[ConversationEvent]) -> object:
    (event,) = events
    assert isinstance(event, MessageFinished)
    return event.outcome


class TestOneMessage:
    def test_with_pipelining_the_commands_go_in_one_piece(self) -> None:
        conversation = mailing()
        assert conversation.data_to_send() == (b"MAIL FROM:<b@news.example> SIZE=25\r\nRCPT TO:<r@example.org>\r\nDATA\r\n")
        assert conversation.receive_data(WELCOME) == []
        assert said(conversation) == b"Subject: Flood\r\n\r\n..dots\r\n.\r\n"
        assert outcome(conversation.receive_data(b"250 2.0.0 queued as 1\r\n")) == Accepted(250, "queued as 1")
        assert conversation.state is ConversationState.READY

    def test_without_it_each_command_waits_for_its_answer(self) -> None:
        conversation = mailing("HELP")
        for line, answer in [(b"MAIL FROM:<b@news.example>", b"250"), (b"RCPT TO:<r@example.org>", b"251 moved")]:
            assert said(conversation) == line + b"\r\n"
            assert conversation.receive_data(answer + b"\r\n") == []
        assert said(conversation) == b"DATA\r\n"

    def test_a_refused_recipient_ends_a_plain_transaction_at_once_and_the_next_begins_with_rset(self) -> None:
        conversation = mailing("HELP")
        said(conversation)
        conversation.receive_data(b"250 ok\r\n")
        said(conversation)
        assert outcome(conversation.receive_data(b"550 5.1.1 who?\r\n")) == Refused(550, "5.1.1", "who?")
        conversation.start_window(one("", "next@example.org", TEXT))
        assert said(conversation) == b"RSET\r\n"
        conversation.receive_data(b"250 ok\r\n")
        assert said(conversation) == b"MAIL FROM:<>\r\n"

    def test_after_an_answered_dot_the_next_begins_without_rset(self) -> None:
        conversation = mailing()
        said(conversation)
        conversation.receive_data(WELCOME)
        said(conversation)
        conversation.receive_data(b"250 ok\r\n")
        conversation.start_window(one("", "next@example.org", TEXT))
        assert said(conversation).startswith(b"MAIL")

    def test_parameters_are_said_where_offered_and_needed(self) -> None:
        conversation = ready("SMTPUTF8", "8BITMIME")
        conversation.start_window(one("b@news.example", "läsare@exämple.org", "ä".encode()))
        assert said(conversation) == b"MAIL FROM:<b@news.example> BODY=8BITMIME SMTPUTF8\r\n"
        conversation.receive_data(b"250 ok\r\n")
        assert said(conversation) == "RCPT TO:<läsare@xn--exmple-cua.org>\r\n".encode()

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            (b"550 5.1.1 who?\r\n503 5.5.1 no\r\n", Refused(550, "5.1.1", "who?")),
            (b"450 4.2.0 grey\r\n554 5.5.1 no\r\n", Deferred(450, "4.2.0", "grey")),
            (b"250 ok\r\n554 5.6.0 no\r\n", Refused(554, "5.6.0", "no", SmtpStep.DATA)),
            (b"250 ok\r\n451 4.3.0 no\r\n", Deferred(451, "4.3.0", "no", SmtpStep.DATA)),
        ],
    )
    def test_the_first_no_is_the_outcome(self, answers: bytes, expected: object) -> None:
        conversation = mailing()
        said(conversation)
        assert outcome(conversation.receive_data(b"250 ok\r\n" + answers)) == expected
        assert conversation.state is ConversationState.READY

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (b"550 5.7.1 not you", SenderRefusedError),
            (b"530 5.7.0 log in", RelayLoginError),
            (b"421 4.3.2 bye", RelayUnavailableError),
            (b"503 5.5.1 what?", RelayProtocolError),
            (b"354 what?", RelayProtocolError),
        ],
    )
    def test_at_mail_from_the_relay_speaks_about_us(self, answer: bytes, kind: type[Exception]) -> None:
        conversation = mailing("HELP")
        said(conversation)
        result = outcome(conversation.receive_data(answer + b"\r\n"))
        assert isinstance(result, NotSent) and type(result.error) is kind

    @pytest.mark.parametrize("answer", ["552 5.3.4 too big", "552 too big"])
    def test_unless_it_is_about_the_size_or_only_for_now(self, answer: str) -> None:
        conversation = mailing("HELP")
        said(conversation)
        assert isinstance(outcome(conversation.receive_data(f"{answer}\r\n".encode())), Refused)
        conversation = mailing("HELP")
        said(conversation)
        assert outcome(conversation.receive_data(b"452 4.3.1 full\r\n")) == Deferred(452, "4.3.1", "full", SmtpStep.MAIL)

    def test_an_unwanted_text_for_nobody_is_a_lone_dot(self) -> None:
        conversation = mailing()
        said(conversation)
        assert conversation.receive_data(b"250 ok\r\n550 5.1.1 who?\r\n354 go on\r\n") == []
        assert said(conversation) == b".\r\n"
        assert outcome(conversation.receive_data(b"250 thanks for nothing\r\n")) == Refused(550, "5.1.1", "who?")

    def test_a_relay_that_takes_a_text_after_refusing_the_sender_is_left(self) -> None:
        conversation = mailing()
        said(conversation)
        result = outcome(conversation.receive_data(b"550 5.7.1 no\r\n250 ok\r\n354 go on\r\n"))
        assert isinstance(result, NotSent)
        assert said(conversation) == b""
        assert conversation.is_closed


class TestTheFinalDot:
    """What is known of a message hangs on whether its last byte was handed out."""

    def long_text(self) -> Conversation:
        conversation = mailing("PIPELINING", text=b"x" * MAX_PIECE_BYTES * 2)
        said(conversation)
        conversation.receive_data(WELCOME)
        return conversation

    def test_lost_before_it_is_not_sent(self) -> None:
        conversation = self.long_text()
        conversation.data_to_send()
        assert isinstance(outcome(conversation.receive_data(b"")), NotSent)

    def test_lost_after_it_is_uncertain(self) -> None:
        conversation = self.long_text()
        said(conversation)
        assert isinstance(outcome(conversation.connection_lost("the cable was cut")), Uncertain)

    def test_an_early_no_is_a_no_and_ends_the_conversation(self) -> None:
        conversation = self.long_text()
        assert outcome(conversation.receive_data(b"552 5.3.4 too big\r\n")) == Refused(552, "5.3.4", "too big", SmtpStep.FINAL_DOT)
        assert conversation.is_closed

    @pytest.mark.parametrize("answer", [b"250 thanks\r\n", b"354 more\r\n"])
    def test_an_early_yes_is_no_yes(self, answer: bytes) -> None:
        assert isinstance(outcome(self.long_text().receive_data(answer)), NotSent)

    @pytest.mark.parametrize("answer", [b"354 more\r\n", b"excellent\r\n", b"999 hm\r\n", b"250-a\r\n550 b\r\n"])
    def test_an_answer_without_sense_is_uncertain(self, answer: bytes) -> None:
        conversation = self.long_text()
        said(conversation)
        assert isinstance(outcome(conversation.receive_data(answer)), Uncertain)
        assert conversation.is_closed


class TestTurns:
    def test_nothing_is_said_out_of_turn(self) -> None:
        conversation = Conversation()
        for command in (conversation.starttls, conversation.quit, conversation.tls_established):
            with pytest.raises(CommandSequenceError):
                command()
        with pytest.raises(CommandSequenceError):
            conversation.start_window(one("", "r@example.org", TEXT))
        busy = mailing()
        with pytest.raises(CommandSequenceError):
            busy.start_window(one("", "r@example.org", TEXT))

    def test_tls_forgets_what_was_offered_in_the_clear(self) -> None:
        conversation = ready()
        conversation.starttls()
        assert conversation.receive_data(b"220 go ahead\r\n") == [StepAccepted(SmtpStep.STARTTLS)]
        assert conversation.state is ConversationState.TLS_HANDSHAKE
        conversation.tls_established()
        assert conversation.state is ConversationState.GREETED
        assert not conversation.extensions.auth_mechanisms

    @pytest.mark.parametrize("cut", [True, False])
    def test_words_between_starttls_and_the_handshake_end_it(self, cut: bool) -> None:
        conversation = ready()
        conversation.starttls()
        pieces = [b"220 go ahead\r\n", b"250 evil\r\n"]
        events = [event for piece in (pieces if cut else [b"".join(pieces)]) for event in conversation.receive_data(piece)]
        assert isinstance(events[-1], ConversationFailed)
        assert isinstance(events[-1].error, RelayProtocolError)

    def test_login_in_two_questions(self) -> None:
        conversation = ready("AUTH LOGIN")
        conversation.login("desk", "secret")
        assert said(conversation) == b"AUTH LOGIN\r\n"
        for answer in (b"desk", b"secret"):
            assert conversation.receive_data(b"334 VXNlcm5hbWU6\r\n") == []
            assert said(conversation) == b64encode(answer) + b"\r\n"
        assert conversation.receive_data(b"235 welcome\r\n") == [StepAccepted(SmtpStep.AUTH)]

    @pytest.mark.parametrize(("answer", "kind"), [(b"535 no", RelayLoginError), (b"454 later", RelayUnavailableError)])
    def test_login_refused(self, answer: bytes, kind: type[Exception]) -> None:
        conversation = ready()
        conversation.login("desk", "secret")
        (event,) = conversation.receive_data(answer + b"\r\n")
        assert isinstance(event, ConversationFailed) and type(event.error) is kind

    def test_a_word_that_nobody_asked_for_ends_it(self) -> None:
        (event,) = ready().receive_data(b"421 4.3.2 idle too long\r\n")
        assert isinstance(event, ConversationFailed) and isinstance(event.error, RelayUnavailableError)
        (event,) = ready().receive_data(b"250 by the way\r\n")
        assert isinstance(event, ConversationFailed) and isinstance(event.error, RelayProtocolError)

    def test_a_fault_quotes_no_reader(self) -> None:
        conversation = mailing("HELP")
        said(conversation)
        (event,) = conversation.receive_data(b"550 5.7.1 <secret.reader@example.org> may not\r\n")
        assert "secret.reader" not in repr(event)
        assert "example.org" in repr(event)

    def test_a_host_name_cannot_smuggle_a_command(self) -> None:
        conversation = Conversation()
        conversation.receive_data(b"220 hello\r\n")
        with pytest.raises(ValueError, match="printable"):
            conversation.ehlo("a\r\nMAIL FROM:<x>")


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            *("a@b\r\nDATA", "a@b\n", "a\0@b", "a b@c", "a@b>", "<a@b", "a\u2028@b", "a\x85@b", "\ud800@b"),
            *("a", "@b", "a@", f"a@{'b' * 260}", "a@ex ample", "a@\u00e4..example"),
        ],
    )
    def test_what_is_no_address_is_refused_before_a_byte_goes_out(self, address: str) -> None:
        conversation = ready()
        refused = outcome(conversation.start_window(one("", address, TEXT)))
        assert isinstance(refused, Refused) and (refused.code, refused.enhanced) == (553, "5.1.3")
        assert said(conversation) == b""
        assert conversation.state is ConversationState.READY

    def test_a_sender_that_is_none_is_our_own_fault_and_no_readers(self) -> None:
        conversation = ready()
        put_off = outcome(conversation.start_window(one("a b@news.example", "r@example.org", TEXT)))
        assert isinstance(put_off, Deferred) and (put_off.enhanced, put_off.step) == ("4.3.5", SmtpStep.MAIL)
        assert said(conversation) == b""
        assert conversation.state is ConversationState.READY

    @given(ADDRESSES, ADDRESSES)
    def test_whatever_the_address_there_are_three_lines_or_none(self, sender: str, recipient: str) -> None:
        conversation = ready()
        events = conversation.start_window(one(sender, recipient, TEXT))
        assert said(conversation).count(b"\n") == (0 if events else 3)

    def test_a_local_part_beyond_ascii_needs_smtputf8(self) -> None:
        refused = outcome(ready("HELP").start_window(one("", "läsare@example.org", TEXT)))
        assert isinstance(refused, Refused) and refused.enhanced == "5.6.7" and "SMTPUTF8" in refused.text

    def test_a_message_over_the_named_size_is_not_begun(self) -> None:
        refused = outcome(ready("SIZE 10").start_window(one("", "r@example.org", TEXT)))
        assert isinstance(refused, Refused) and refused.enhanced == "5.3.4"
        assert not ready("SIZE 0").start_window(one("", "r@example.org", TEXT))


class TestReplies:
    @pytest.mark.parametrize(
        ("line", "reply"),
        [
            (b"250 ok\r\n", Reply(250, "", "ok")),
            (b"250\r\n", Reply(250)),
            (b"250 ok\n", Reply(250, "", "ok")),
            (b"550-5.1.1 no such\r\n550 5.1.1 reader\r\n", Reply(550, "5.1.1", "no such\nreader")),
            (b"550 4.1.1 code of another class\r\n", Reply(550, "", "4.1.1 code of another class")),
            (b"250 2.0.0\r\n", Reply(250, "2.0.0", "")),
            (b"250 \xff\r\n", Reply(250, "", "\\xff")),
        ],
    )
    def test_what_a_reply_says(self, line: bytes, reply: Reply) -> None:
        reader = ReplyParser()
        assert reader.feed(line) == ([reply], None)
        assert reader.is_idle

    @pytest.mark.parametrize(
        "line",
        [
            *(b"hello\r\n", b"25\r\n", b"2500 ok\r\n", b"150 ok\r\n", b"\r\n", b"250_ok\r\n", b"250-a\r\n251 b\r\n"),
            *(b"x" * MAX_LINE_BYTES, b"250 " + b"x" * MAX_LINE_BYTES + b"\r\n", b"250-ok\r\n" * 1000),
        ],
    )
    def test_what_is_none(self, line: bytes) -> None:
        replies, fault = ReplyParser().feed(b"250 ok\r\n" + line)
        assert replies == [Reply(250, "", "ok")]
        assert fault


class TestAnyBytes:
    @given(st.data())
    def test_cuts_between_the_bytes_change_nothing(self, data: st.DataObject) -> None:
        stages = [b"250-2.1.0 a\r\n250 2.1.0 b\r\n251 ok\r\n354 go\r\n", b"550-5.7.1 a\r\n550 5.7.1 b\r\n421 bye\r\n"]
        conversation = mailing()
        events: list[ConversationEvent] = []
        for stage in stages:
            said(conversation)
            for piece in pieces(data, stage):
                events += conversation.receive_data(piece)
        assert events == [MessageFinished(0, Refused(550, "5.7.1", "a\nb", SmtpStep.FINAL_DOT)), events[1]]
        assert isinstance(events[1], ConversationFailed) and events[1].error.code == 421

    @given(st.data(), st.binary(max_size=300))
    def test_cuts_in_garbage_change_nothing_either(self, data: st.DataObject, garbage: bytes) -> None:
        whole, cut = mailing(), mailing()
        said(whole), said(cut)
        at_once = whole.receive_data(garbage) if garbage else []
        in_pieces = [event for piece in pieces(data, garbage) for event in cut.receive_data(piece)]
        assert [repr(event) for event in at_once] == [repr(event) for event in in_pieces]

    @given(st.lists(st.binary(max_size=40) | st.from_regex(rb"\A[2-5][0-9][0-9][ -][a-z]*\r\n\Z"), max_size=12))
    def test_whatever_comes_a_message_has_one_outcome_and_nothing_is_raised(self, replies: list[bytes]) -> None:
        conversation = mailing()
        events: list[ConversationEvent] = []
        for reply in [*replies, b""]:
            said(conversation)
            events += conversation.receive_data(reply)
        assert [type(event) for event in events].count(MessageFinished) == 1
        assert conversation.is_closed

    @given(st.lists(st.from_regex(rb"\A[2-5][0-9][0-9] [a-z]*\r\n\Z"), max_size=6))
    def test_accepted_only_by_a_yes_to_every_step(self, replies: list[bytes]) -> None:
        conversation = mailing("HELP")
        events: list[ConversationEvent] = []
        for reply in [*replies, b""]:
            said(conversation)
            events += conversation.receive_data(reply)
        first = next(event for event in events if isinstance(event, MessageFinished))
        yes = [reply[:1] for reply in replies[:4]] == [b"2", b"2", b"3", b"2"]
        assert isinstance(first.outcome, Accepted) == yes


class TestText:
    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            (b"", b""),
            (b"a", b"a\r\n"),
            (b"a\nb\rc\r\nd\n\r", b"a\r\nb\r\nc\r\nd\r\n\r\n"),
            (b"a\r\r\n", b"a\r\n\r\n"),
        ],
    )
    def test_every_line_ends_in_crlf(self, message: bytes, expected: bytes) -> None:
        assert normalise_line_ends(message) == expected

    @given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"a", b"..", b"\r\n.\r\n"])).map(b"".join))
    def test_what_is_stuffed_holds_no_final_dot_and_comes_out_as_it_went_in(self, message: bytes) -> None:
        text = normalise_line_ends(message)
        stuffed = dot_stuff(text)
        lines = stuffed.split(b"\r\n")
        assert b"." not in lines
        assert not any(b"\r" in line or b"\n" in line for line in lines)
        assert b"\r\n".join(line.removeprefix(b".") for line in lines) == text


def pieces(data: st.DataObject, whole: bytes) -> list[bytes]:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(whole) - 1)))))
    found = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    return [piece for piece in found if piece]
