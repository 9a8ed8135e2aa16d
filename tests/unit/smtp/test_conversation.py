"""The conversation without a socket: every state, replies split anywhere, and invalid bytes."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.smtp.address_syntax import encode_recipient
from stoppress.smtp.conversation import (
    Conversation,
    ConversationEvent,
    ConversationFailed,
    ConversationState,
    StepAccepted,
)
from stoppress.smtp.dot_stuffing import dot_stuff, normalise_line_ends
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import (
    CommandSequenceError,
    RelayLoginError,
    RelayProtocolError,
    RelayUnavailableError,
    SenderRefusedError,
)
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Refused, Step, Uncertain
from stoppress.smtp.pipelining import MAX_PIECE_BYTES, MessageFinished
from stoppress.smtp.reply import MAX_LINE_BYTES, Reply, ReplyParser

TEXT = b"Subject: Flood\r\n\r\n.dots\r\n"
OFFERS = ("PIPELINING", "SIZE 10000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN", "STARTTLS")
ADDRESSES = st.text() | st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1))
COMMANDS_ACCEPTED = b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n"


def ready_conversation(*offers: str) -> Conversation:
    """Return a conversation after EHLO."""
    conversation = Conversation()
    assert conversation.receive_data(b"220 mx.example ESMTP\r\n") == [StepAccepted(Step.GREETING)]
    conversation.ehlo("news.example")
    assert all_sent(conversation) == b"EHLO news.example\r\n"
    lines = ["mx.example", *(offers or OFFERS)]
    answer = "".join(f"250{' ' if line is lines[-1] else '-'}{line}\r\n" for line in lines)
    assert conversation.receive_data(answer.encode()) == [StepAccepted(Step.EHLO)]
    return conversation


def sending_conversation(*offers: str, text: bytes = TEXT) -> Conversation:
    conversation = ready_conversation(*offers)
    conversation.start_window(one_envelope("b@news.example", "r@example.org", text))
    return conversation


def one_envelope(sender: str, recipient: str, message: bytes) -> list[Envelope]:
    return [Envelope(sender, recipient, message, is_smtp_ready=False)]


def all_sent(conversation: Conversation) -> bytes:
    return b"".join(iter(conversation.data_to_send, b""))


def outcome(events: list[ConversationEvent]) -> object:
    (event,) = events
    assert isinstance(event, MessageFinished)
    return event.outcome


class TestOneMessage:
    def test_commands_go_in_one_piece_when_pipelining_is_offered(self) -> None:
        conversation = sending_conversation()
        assert conversation.data_to_send() == (
            b"MAIL FROM:<b@news.example> SIZE=25\r\nRCPT TO:<r@example.org>\r\nDATA\r\n"
        )
        assert conversation.receive_data(COMMANDS_ACCEPTED) == []
        assert all_sent(conversation) == b"Subject: Flood\r\n\r\n..dots\r\n.\r\n"
        assert outcome(conversation.receive_data(b"250 2.0.0 queued as 1\r\n")) == Accepted(250, "queued as 1")
        assert conversation.state is ConversationState.READY

    def test_each_command_waits_for_its_reply_when_pipelining_is_not_offered(self) -> None:
        conversation = sending_conversation("HELP")
        for line, answer in [(b"MAIL FROM:<b@news.example>", b"250"), (b"RCPT TO:<r@example.org>", b"251 moved")]:
            assert all_sent(conversation) == line + b"\r\n"
            assert conversation.receive_data(answer + b"\r\n") == []
        assert all_sent(conversation) == b"DATA\r\n"

    def test_next_message_begins_with_rset_when_a_recipient_was_refused_without_pipelining(self) -> None:
        conversation = sending_conversation("HELP")
        all_sent(conversation)
        conversation.receive_data(b"250 ok\r\n")
        all_sent(conversation)
        assert outcome(conversation.receive_data(b"550 5.1.1 who?\r\n")) == Refused(550, "5.1.1", "who?")
        conversation.start_window(one_envelope("", "next@example.org", TEXT))
        assert all_sent(conversation) == b"RSET\r\n"
        conversation.receive_data(b"250 ok\r\n")
        assert all_sent(conversation) == b"MAIL FROM:<>\r\n"

    def test_next_message_begins_without_rset_when_the_final_dot_was_answered(self) -> None:
        conversation = sending_conversation()
        all_sent(conversation)
        conversation.receive_data(COMMANDS_ACCEPTED)
        all_sent(conversation)
        conversation.receive_data(b"250 ok\r\n")
        conversation.start_window(one_envelope("", "next@example.org", TEXT))
        assert all_sent(conversation).startswith(b"MAIL")

    def test_mail_parameters_are_sent_when_offered_and_needed(self) -> None:
        conversation = ready_conversation("SMTPUTF8", "8BITMIME")
        conversation.start_window(one_envelope("b@news.example", "läsare@exämple.org", "ä".encode()))
        assert all_sent(conversation) == b"MAIL FROM:<b@news.example> BODY=8BITMIME SMTPUTF8\r\n"
        conversation.receive_data(b"250 ok\r\n")
        assert all_sent(conversation) == "RCPT TO:<läsare@xn--exmple-cua.org>\r\n".encode()

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            (b"550 5.1.1 who?\r\n503 5.5.1 no\r\n", Refused(550, "5.1.1", "who?")),
            (b"450 4.2.0 grey\r\n554 5.5.1 no\r\n", Deferred(450, "4.2.0", "grey")),
            (b"250 ok\r\n554 5.6.0 no\r\n", Refused(554, "5.6.0", "no", Step.DATA)),
            (b"250 ok\r\n451 4.3.0 no\r\n", Deferred(451, "4.3.0", "no", Step.DATA)),
        ],
    )
    def test_outcome_is_the_first_negative_reply(self, answers: bytes, expected: object) -> None:
        conversation = sending_conversation()
        all_sent(conversation)
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
    def test_failure_at_mail_is_an_error_of_the_relay(self, answer: bytes, kind: type[Exception]) -> None:
        conversation = sending_conversation("HELP")
        all_sent(conversation)
        result = outcome(conversation.receive_data(answer + b"\r\n"))
        assert isinstance(result, NotSent) and type(result.error) is kind

    @pytest.mark.parametrize("answer", ["552 5.3.4 too big", "552 too big"])
    def test_failure_at_mail_concerns_the_message_when_it_is_about_size_or_transient(self, answer: str) -> None:
        conversation = sending_conversation("HELP")
        all_sent(conversation)
        assert isinstance(outcome(conversation.receive_data(f"{answer}\r\n".encode())), Refused)
        conversation = sending_conversation("HELP")
        all_sent(conversation)
        assert outcome(conversation.receive_data(b"452 4.3.1 full\r\n")) == Deferred(452, "4.3.1", "full", Step.MAIL)

    def test_text_is_a_lone_dot_when_data_is_accepted_without_recipients(self) -> None:
        conversation = sending_conversation()
        all_sent(conversation)
        assert conversation.receive_data(b"250 ok\r\n550 5.1.1 who?\r\n354 go on\r\n") == []
        assert all_sent(conversation) == b".\r\n"
        assert outcome(conversation.receive_data(b"250 thanks for nothing\r\n")) == Refused(550, "5.1.1", "who?")

    def test_conversation_closes_when_data_is_accepted_after_a_refused_sender(self) -> None:
        conversation = sending_conversation()
        all_sent(conversation)
        result = outcome(conversation.receive_data(b"550 5.7.1 no\r\n250 ok\r\n354 go on\r\n"))
        assert isinstance(result, NotSent)
        assert all_sent(conversation) == b""
        assert conversation.is_closed


class TestFinalDot:
    """The outcome after a failure depends on whether the last byte was sent."""

    def conversation_with_long_text(self) -> Conversation:
        conversation = sending_conversation("PIPELINING", text=b"x" * MAX_PIECE_BYTES * 2)
        all_sent(conversation)
        conversation.receive_data(COMMANDS_ACCEPTED)
        return conversation

    def test_message_is_not_sent_when_the_connection_ends_before_the_final_dot(self) -> None:
        conversation = self.conversation_with_long_text()
        conversation.data_to_send()
        found = outcome(conversation.receive_data(b""))
        assert isinstance(found, NotSent) and found.error
        assert (found.error.code, found.error.enhanced) == (0, "")

    def test_message_is_uncertain_when_the_connection_ends_after_the_final_dot(self) -> None:
        conversation = self.conversation_with_long_text()
        all_sent(conversation)
        assert isinstance(outcome(conversation.connection_lost("connection reset")), Uncertain)

    def test_early_refusal_is_a_refusal_and_closes_the_conversation(self) -> None:
        conversation = self.conversation_with_long_text()
        assert outcome(conversation.receive_data(b"552 5.3.4 too big\r\n")) == Refused(
            552, "5.3.4", "too big", Step.FINAL_DOT
        )
        assert conversation.is_closed

    @pytest.mark.parametrize("answer", [b"250 thanks\r\n", b"354 more\r\n"])
    def test_early_success_is_not_accepted(self, answer: bytes) -> None:
        assert isinstance(outcome(self.conversation_with_long_text().receive_data(answer)), NotSent)

    @pytest.mark.parametrize("answer", [b"354 more\r\n", b"excellent\r\n", b"999 hm\r\n", b"250-a\r\n550 b\r\n"])
    def test_message_is_uncertain_when_the_final_reply_is_invalid(self, answer: bytes) -> None:
        conversation = self.conversation_with_long_text()
        all_sent(conversation)
        assert isinstance(outcome(conversation.receive_data(answer)), Uncertain)
        assert conversation.is_closed


class TestCommandSequence:
    def test_command_raises_when_the_state_does_not_allow_it(self) -> None:
        conversation = Conversation()
        for command in (conversation.starttls, conversation.quit, conversation.tls_established):
            with pytest.raises(CommandSequenceError):
                command()
        with pytest.raises(CommandSequenceError):
            conversation.start_window(one_envelope("", "r@example.org", TEXT))
        busy = sending_conversation()
        with pytest.raises(CommandSequenceError):
            busy.start_window(one_envelope("", "r@example.org", TEXT))

    def test_tls_discards_extensions_offered_before_the_handshake(self) -> None:
        conversation = ready_conversation()
        conversation.starttls()
        assert conversation.receive_data(b"220 go ahead\r\n") == [StepAccepted(Step.STARTTLS)]
        assert conversation.state is ConversationState.TLS_HANDSHAKE
        conversation.tls_established()
        assert conversation.state is ConversationState.GREETED
        assert not conversation.extensions.auth_mechanisms

    @pytest.mark.parametrize("cut", [True, False])
    def test_conversation_fails_when_plain_text_follows_starttls(self, cut: bool) -> None:
        conversation = ready_conversation()
        conversation.starttls()
        pieces = [b"220 go ahead\r\n", b"250 evil\r\n"]
        events: list[ConversationEvent] = []
        for piece in pieces if cut else [b"".join(pieces)]:
            events += conversation.receive_data(piece)
        assert isinstance(events[-1], ConversationFailed)
        assert isinstance(events[-1].error, RelayProtocolError)

    @pytest.mark.parametrize("rest", [b"2", b"250 evil", b"250-evil\r", b"\r\n"])
    @pytest.mark.parametrize("cut", [True, False])
    def test_conversation_fails_when_a_line_has_begun_behind_the_answer_to_starttls(
        self, rest: bytes, cut: bool
    ) -> None:
        conversation = ready_conversation()
        conversation.starttls()
        answer = b"220 go ahead\r\n"
        events: list[ConversationEvent] = []
        for piece in (answer, rest) if cut else (answer + rest,):
            events += conversation.receive_data(piece)
        assert isinstance(events[-1], ConversationFailed) and isinstance(events[-1].error, RelayProtocolError)

    def test_auth_login_answers_both_challenges(self) -> None:
        conversation = ready_conversation("AUTH LOGIN")
        conversation.login("desk", "secret")
        assert all_sent(conversation) == b"AUTH LOGIN\r\n"
        for answer in (b"desk", b"secret"):
            assert conversation.receive_data(b"334 VXNlcm5hbWU6\r\n") == []
            assert all_sent(conversation) == b64encode(answer) + b"\r\n"
        assert conversation.receive_data(b"235 welcome\r\n") == [StepAccepted(Step.AUTH)]

    @pytest.mark.parametrize(("answer", "kind"), [(b"535 no", RelayLoginError), (b"454 later", RelayUnavailableError)])
    def test_login_fails_when_the_relay_refuses_it(self, answer: bytes, kind: type[Exception]) -> None:
        conversation = ready_conversation()
        conversation.login("desk", "secret")
        (event,) = conversation.receive_data(answer + b"\r\n")
        assert isinstance(event, ConversationFailed) and type(event.error) is kind

    def test_conversation_fails_when_a_reply_was_not_due(self) -> None:
        (event,) = ready_conversation().receive_data(b"421 4.3.2 idle too long\r\n")
        assert isinstance(event, ConversationFailed) and isinstance(event.error, RelayUnavailableError)
        (event,) = ready_conversation().receive_data(b"250 by the way\r\n")
        assert isinstance(event, ConversationFailed) and isinstance(event.error, RelayProtocolError)

    def test_error_contains_no_local_part_of_an_address(self) -> None:
        conversation = sending_conversation("HELP")
        all_sent(conversation)
        (event,) = conversation.receive_data(b"550 5.7.1 <secret.reader@example.org> may not\r\n")
        assert "secret.reader" not in repr(event)
        assert "example.org" in repr(event)

    def test_unsent_command_is_dropped_when_the_connection_ends(self) -> None:
        conversation = Conversation()
        conversation.receive_data(b"220 hello\r\n")
        conversation.ehlo("news.example")
        conversation.connection_lost("connection reset")
        assert conversation.data_to_send() == b""

    @pytest.mark.parametrize("name", ["a\r\nMAIL FROM:<x>", "", "news example", "nachrichten-ä.example", "a\tb"])
    def test_ehlo_raises_when_the_name_is_empty_or_not_printable_ascii(self, name: str) -> None:
        conversation = Conversation()
        conversation.receive_data(b"220 hello\r\n")
        with pytest.raises(ValueError, match="printable"):
            conversation.ehlo(name)


class TestAddresses:
    def test_domain_is_mapped_to_lower_case_before_it_becomes_a_labels(self) -> None:
        assert encode_recipient("ada@MÜNCHEN.example", smtputf8=False) == b"ada@xn--mnchen-3ya.example"

    @pytest.mark.parametrize(
        "address",
        [
            *("a@b\r\nDATA", "a@b\n", "a\0@b", "a b@c", "a@b>", "<a@b", "a\u2028@b", "a\x85@b", "\ud800@b"),
            *("a", "@b", "a@", f"a@{'b' * 260}", "a@ex ample", "a@\u00e4..example"),
        ],
    )
    def test_invalid_recipient_is_refused_before_any_byte_is_sent(self, address: str) -> None:
        conversation = ready_conversation()
        refused = outcome(conversation.start_window(one_envelope("", address, TEXT)))
        assert isinstance(refused, Refused) and (refused.code, refused.enhanced) == (553, "5.1.3")
        assert all_sent(conversation) == b""
        assert conversation.state is ConversationState.READY

    def test_invalid_sender_defers_the_message_before_any_byte_is_sent(self) -> None:
        conversation = ready_conversation()
        put_off = outcome(conversation.start_window(one_envelope("a b@news.example", "r@example.org", TEXT)))
        assert isinstance(put_off, Deferred) and (put_off.enhanced, put_off.step) == ("4.3.5", Step.MAIL)
        assert all_sent(conversation) == b""
        assert conversation.state is ConversationState.READY

    @given(ADDRESSES, ADDRESSES)
    def test_any_address_results_in_three_lines_or_none(self, sender: str, recipient: str) -> None:
        conversation = ready_conversation()
        events = conversation.start_window(one_envelope(sender, recipient, TEXT))
        assert all_sent(conversation).count(b"\n") == (0 if events else 3)

    def test_local_part_beyond_ascii_is_refused_when_smtputf8_is_not_offered(self) -> None:
        refused = outcome(ready_conversation("HELP").start_window(one_envelope("", "läsare@example.org", TEXT)))
        assert isinstance(refused, Refused) and refused.enhanced == "5.6.7" and "SMTPUTF8" in refused.text

    def test_message_is_refused_when_it_exceeds_the_offered_size(self) -> None:
        refused = outcome(ready_conversation("SIZE 10").start_window(one_envelope("", "r@example.org", TEXT)))
        assert isinstance(refused, Refused) and refused.enhanced == "5.3.4"
        assert not ready_conversation("SIZE 0").start_window(one_envelope("", "r@example.org", TEXT))


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
    def test_parser_returns_reply_for_valid_lines(self, line: bytes, reply: Reply) -> None:
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
    def test_parser_returns_error_for_invalid_lines(self, line: bytes) -> None:
        replies, error = ReplyParser().feed(b"250 ok\r\n" + line)
        assert replies == [Reply(250, "", "ok")]
        assert error


class TestAnyBytes:
    @given(st.data())
    def test_events_do_not_depend_on_how_replies_are_split(self, data: st.DataObject) -> None:
        stages = [b"250-2.1.0 a\r\n250 2.1.0 b\r\n251 ok\r\n354 go\r\n", b"550-5.7.1 a\r\n550 5.7.1 b\r\n421 bye\r\n"]
        conversation = sending_conversation()
        events: list[ConversationEvent] = []
        for stage in stages:
            all_sent(conversation)
            for piece in random_pieces(data, stage):
                events += conversation.receive_data(piece)
        assert events == [MessageFinished(0, Refused(550, "5.7.1", "a\nb", Step.FINAL_DOT)), events[1]]
        assert isinstance(events[1], ConversationFailed) and events[1].error.code == 421

    @given(st.data(), st.binary(max_size=300))
    def test_events_do_not_depend_on_how_invalid_bytes_are_split(self, data: st.DataObject, garbage: bytes) -> None:
        whole, cut = sending_conversation(), sending_conversation()
        all_sent(whole), all_sent(cut)
        at_once = whole.receive_data(garbage) if garbage else []
        in_pieces = [event for piece in random_pieces(data, garbage) for event in cut.receive_data(piece)]
        assert [repr(event) for event in at_once] == [repr(event) for event in in_pieces]

    @given(st.lists(st.binary(max_size=40) | st.from_regex(rb"\A[2-5][0-9][0-9][ -][a-z]*\r\n\Z"), max_size=12))
    def test_any_replies_result_in_one_outcome_without_exception(self, replies: list[bytes]) -> None:
        conversation = sending_conversation()
        events: list[ConversationEvent] = []
        for reply in [*replies, b""]:
            all_sent(conversation)
            events += conversation.receive_data(reply)
        assert [type(event) for event in events].count(MessageFinished) == 1
        assert conversation.is_closed

    @given(st.lists(st.from_regex(rb"\A[2-5][0-9][0-9] [a-z]*\r\n\Z"), max_size=6))
    def test_message_is_accepted_only_when_every_reply_is_positive(self, replies: list[bytes]) -> None:
        conversation = sending_conversation("HELP")
        events: list[ConversationEvent] = []
        for reply in [*replies, b""]:
            all_sent(conversation)
            events += conversation.receive_data(reply)
        first = next(event for event in events if isinstance(event, MessageFinished))
        yes = [reply[:1] for reply in replies[:4]] == [b"2", b"2", b"3", b"2"]
        assert isinstance(first.outcome, Accepted) == yes


class TestDotStuffing:
    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            (b"", b""),
            (b"a", b"a\r\n"),
            (b"a\nb\rc\r\nd\n\r", b"a\r\nb\r\nc\r\nd\r\n\r\n"),
            (b"a\r\r\n", b"a\r\n\r\n"),
        ],
    )
    def test_normalised_message_ends_every_line_in_crlf(self, message: bytes, expected: bytes) -> None:
        assert normalise_line_ends(message) == expected

    @given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"a", b"..", b"\r\n.\r\n"])).map(b"".join))
    def test_stuffed_message_contains_no_final_dot_and_can_be_restored(self, message: bytes) -> None:
        text = normalise_line_ends(message)
        stuffed = dot_stuff(text)
        lines = stuffed.split(b"\r\n")
        assert b"." not in lines
        assert not any(b"\r" in line or b"\n" in line for line in lines)
        assert b"\r\n".join(line.removeprefix(b".") for line in lines) == text


def random_pieces(data: st.DataObject, whole: bytes) -> list[bytes]:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(whole) - 1)))))
    found = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    return [piece for piece in found if piece]
