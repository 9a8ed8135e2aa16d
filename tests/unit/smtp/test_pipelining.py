"""A window of messages without a socket: when bytes are sent, and that each outcome matches what the relay did."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.smtp.conversation import Conversation, ConversationState
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import RelayProtocolError, RelayUnavailableError, SenderRefusedError
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Outcome, Refused, Step, Uncertain
from stoppress.smtp.pipelining import MAX_PIECE_BYTES, MAX_UNANSWERED_BYTES, MessageFinished
from tests.fakes.scripted_relay import RelayAction, ScriptedRelay

TEXT = b"Subject: Flood\r\n\r\nThe river has risen.\r\n"
OK = b"250 2.0.0 yes\r\n"
COMMANDS_ACCEPTED = OK + OK + b"354 go on\r\n"


def ready_conversation(*offers: str, plain: bool = False) -> Conversation:
    """Return a conversation after EHLO."""
    conversation = Conversation(allow_pipelining=not plain)
    conversation.receive_data(b"220 mx.example ESMTP\r\n")
    conversation.ehlo("news.example")
    conversation.data_to_send()
    lines = ["mx.example", *offers]
    conversation.receive_data("".join(f"250{' ' if line is lines[-1] else '-'}{line}\r\n" for line in lines).encode())
    assert conversation.state is ConversationState.READY
    return conversation


def make_envelopes(number: int, text: bytes = TEXT) -> list[Envelope]:
    return [Envelope(f"b{n}@news.example", f"r{n}@example.org", text) for n in range(number)]


def all_sent(conversation: Conversation) -> bytes:
    return b"".join(iter(conversation.data_to_send, b""))


def outcomes_in(events: Sequence[object]) -> list[tuple[int, Outcome]]:
    return [(event.position, event.outcome) for event in events if isinstance(event, MessageFinished)]


def commands_of(n: int) -> bytes:
    return b"MAIL FROM:<b%d@news.example>\r\nRCPT TO:<r%d@example.org>\r\nDATA\r\n" % (n, n)


def chunk_of(n: int) -> bytes:
    head = b"MAIL FROM:<b%d@news.example>\r\nRCPT TO:<r%d@example.org>\r\n" % (n, n)
    return head + b"BDAT %d LAST\r\n" % len(TEXT) + TEXT


class TestPipelining:
    """RFC 2920."""

    def test_text_and_next_commands_go_in_one_piece(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(3))
        assert conversation.data_to_send() == commands_of(0)
        assert conversation.data_to_send() == b""
        conversation.receive_data(COMMANDS_ACCEPTED)
        assert conversation.data_to_send() == TEXT + b".\r\n" + commands_of(1)
        assert outcomes_in(conversation.receive_data(OK + COMMANDS_ACCEPTED)) == [(0, Accepted(250, "yes"))]
        assert conversation.data_to_send() == TEXT + b".\r\n" + commands_of(2)
        conversation.receive_data(OK + COMMANDS_ACCEPTED)
        assert all_sent(conversation) == TEXT + b".\r\n"
        assert outcomes_in(conversation.receive_data(OK)) == [(2, Accepted(250, "yes"))]
        assert conversation.state is ConversationState.READY

    def test_rset_comes_first_when_the_last_transaction_had_no_text(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        events = conversation.receive_data(OK + b"550 5.1.1 who?\r\n554 5.5.1 nobody\r\n")
        assert outcomes_in(events) == [(0, Refused(550, "5.1.1", "who?"))]
        assert all_sent(conversation) == b"RSET\r\n" + commands_of(1)

    def test_lone_dot_and_next_commands_follow_when_data_is_accepted_without_recipients(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        conversation.receive_data(OK + b"450 4.2.1 later\r\n354 go on\r\n")
        assert all_sent(conversation) == b".\r\n" + commands_of(1)
        assert outcomes_in(conversation.receive_data(b"554 5.5.1 nobody\r\n")) == [(0, Deferred(450, "4.2.1", "later"))]

    def test_negative_reply_is_processed_when_four_replies_come_together(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(3))
        all_sent(conversation)
        conversation.receive_data(COMMANDS_ACCEPTED)
        all_sent(conversation)
        events = conversation.receive_data(OK + OK + b"550 5.1.1 who?\r\n354 go on\r\n")
        assert outcomes_in(events) == [(0, Accepted(250, "yes"))]
        assert all_sent(conversation) == b".\r\n" + commands_of(2)
        events = conversation.receive_data(OK + COMMANDS_ACCEPTED)
        assert outcomes_in(events) == [(1, Refused(550, "5.1.1", "who?"))]
        assert all_sent(conversation) == TEXT + b".\r\n"
        assert outcomes_in(conversation.receive_data(b"554 5.7.1 no\r\n")) == [
            (2, Refused(554, "5.7.1", "no", Step.FINAL_DOT))
        ]

    def test_window_ends_and_conversation_stays_ready_when_the_sender_is_refused(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(3))
        all_sent(conversation)
        events = conversation.receive_data(b"550 5.7.1 not you\r\n503 5.5.1 no\r\n503 5.5.1 no\r\n")
        assert [index for index, _ in outcomes_in(events)] == [0, 1, 2]
        assert all(
            isinstance(each, NotSent) and type(each.error) is SenderRefusedError for _, each in outcomes_in(events)
        )
        assert conversation.state is ConversationState.READY

    def test_only_the_fully_sent_message_is_uncertain_when_the_connection_ends(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(3))
        all_sent(conversation)
        conversation.receive_data(COMMANDS_ACCEPTED)
        all_sent(conversation)
        assert [type(each) for _, each in outcomes_in(conversation.receive_data(b""))] == [Uncertain, NotSent, NotSent]

    def test_message_is_deferred_when_the_final_reply_is_421(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        conversation.receive_data(COMMANDS_ACCEPTED)
        all_sent(conversation)
        first, second = outcomes_in(conversation.receive_data(b"421 4.3.2 bye\r\n"))
        assert first == (0, Deferred(421, "4.3.2", "bye", Step.FINAL_DOT))
        assert isinstance(second[1], NotSent) and isinstance(second[1].error, RelayUnavailableError)
        assert conversation.is_closed

    def test_conversation_closes_when_replies_are_out_of_order(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        found = outcomes_in(conversation.receive_data(b"354 go on\r\n" + OK + OK))
        assert [type(outcome) for _, outcome in found] == [NotSent, NotSent]
        assert conversation.is_closed

    def test_no_text_is_sent_when_a_reply_was_not_due(self) -> None:
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        found = outcomes_in(conversation.receive_data(COMMANDS_ACCEPTED + OK))
        assert [type(outcome) for _, outcome in found] == [NotSent, NotSent]
        assert all_sent(conversation) == b""

    def test_long_text_is_sent_in_pieces_and_next_commands_with_the_last_piece(self) -> None:
        text = b"x" * (MAX_PIECE_BYTES - 2) + b"\r\n" + b"y\r\n"
        conversation = ready_conversation("PIPELINING")
        conversation.start_window(make_envelopes(2, text))
        all_sent(conversation)
        conversation.receive_data(COMMANDS_ACCEPTED)
        assert [conversation.data_to_send(), conversation.data_to_send()] == [
            text[:MAX_PIECE_BYTES],
            b"y\r\n.\r\n" + commands_of(1),
        ]

    def test_commands_go_one_by_one_when_pipelining_is_not_allowed(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING", plain=True)
        conversation.start_window(make_envelopes(2))
        spoken = []
        for answer in (OK, OK, b"354 go on\r\n", OK, OK):
            spoken.append(all_sent(conversation)[:4])
            conversation.receive_data(answer)
        assert spoken == [b"MAIL", b"RCPT", b"DATA", TEXT[:4], b"MAIL"]


class TestChunking:
    """RFC 3030."""

    def test_outcome_is_uncertain_when_an_unclear_reply_comes_after_the_whole_text_was_sent(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(1))
        assert all_sent(conversation) == chunk_of(0)
        [(_, found)] = outcomes_in(conversation.receive_data(b"354 go on\r\n"))
        assert type(found) is Uncertain
        assert conversation.is_closed

    def test_messages_are_pipelined_with_rset_when_the_first_bdat_was_accepted(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(4))
        assert all_sent(conversation) == chunk_of(0)
        assert outcomes_in(conversation.receive_data(OK * 3)) == [(0, Accepted(250, "yes"))]
        assert all_sent(conversation) == chunk_of(1) + b"RSET\r\n" + chunk_of(2) + b"RSET\r\n" + chunk_of(3)
        found = outcomes_in(conversation.receive_data(OK * 3 + OK * 2 + b"550 5.1.1 who?\r\n503 5.5.1 no\r\n" + OK * 4))
        assert [type(outcome) for _, outcome in found] == [Accepted, Refused, Accepted]
        assert conversation.state is ConversationState.READY

    def test_next_window_is_pipelined_when_a_bdat_was_accepted_before(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(1))
        all_sent(conversation)
        conversation.receive_data(OK * 3)
        conversation.start_window(make_envelopes(2))
        assert all_sent(conversation) == chunk_of(0) + b"RSET\r\n" + chunk_of(1)

    def test_next_window_is_pipelined_when_a_bdat_was_refused_after_one_was_accepted(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        conversation.receive_data(OK * 3)
        all_sent(conversation)
        found = outcomes_in(conversation.receive_data(OK * 2 + b"554 5.7.1 spam\r\n"))
        assert [type(outcome) for _, outcome in found] == [Refused]
        conversation.start_window(make_envelopes(2))
        assert all_sent(conversation) == b"RSET\r\n" + chunk_of(0) + b"RSET\r\n" + chunk_of(1)

    def test_unanswered_bytes_are_limited(self) -> None:
        text = b"x" * (MAX_UNANSWERED_BYTES // 2 - 2) + b"\r\n"
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(9, text))
        all_sent(conversation)
        conversation.receive_data(OK * 3)
        assert all_sent(conversation).count(b"BDAT") == 2
        conversation.receive_data(OK * 3)
        assert all_sent(conversation).count(b"BDAT") == 1

    def test_bdat_text_is_not_dot_stuffed(self) -> None:
        conversation = ready_conversation("CHUNKING")
        conversation.start_window([Envelope("", "r@example.org", b".\n.", is_smtp_ready=False)])
        all_sent(conversation)
        conversation.receive_data(OK)
        all_sent(conversation)
        conversation.receive_data(OK)
        assert all_sent(conversation) == b"BDAT 6 LAST\r\n.\r\n.\r\n"

    @pytest.mark.parametrize("code", [500, 502, 503])
    def test_messages_are_not_sent_when_bdat_is_offered_but_unknown(self, code: int) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(3))
        all_sent(conversation)
        found = outcomes_in(conversation.receive_data(OK * 2 + b"%d 5.5.1 what?\r\n" % code))
        assert [index for index, _ in found] == [0, 1, 2]
        assert all(isinstance(each, NotSent) and type(each.error) is RelayProtocolError for _, each in found)

    def test_all_unanswered_messages_are_uncertain_when_the_connection_ends(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(4))
        all_sent(conversation)
        conversation.receive_data(OK * 3)
        all_sent(conversation)
        found = outcomes_in(conversation.receive_data(OK * 3)) + outcomes_in(
            conversation.connection_lost("connection reset")
        )
        assert [type(outcome) for _, outcome in found] == [Accepted, Uncertain, Uncertain]

    def test_message_is_uncertain_when_it_is_accepted_after_a_refused_sender(self) -> None:
        conversation = ready_conversation("PIPELINING", "CHUNKING")
        conversation.start_window(make_envelopes(2))
        all_sent(conversation)
        found = outcomes_in(conversation.receive_data(b"550 5.7.1 no\r\n" + OK * 2))
        assert [type(outcome) for _, outcome in found] == [Uncertain, NotSent]
        assert conversation.is_closed


OFFERS = st.sampled_from([(), ("PIPELINING",), ("CHUNKING",), ("PIPELINING", "CHUNKING")])
SIZES = st.lists(st.sampled_from([1, 1, 1, 40, MAX_PIECE_BYTES, MAX_PIECE_BYTES * 2]), min_size=1, max_size=6)
# With pipelined BDAT a surplus or late 250 looks like the reply to a text, and no client can distinguish them.
DETECTABLE_ACTIONS = [
    action for action in RelayAction if action not in (RelayAction.REPLY_TWICE, RelayAction.REPLY_LATE)
]


@st.composite
def relay_scripts(draw: st.DrawFn) -> tuple[tuple[str, ...], list[RelayAction]]:
    offers = draw(OFFERS)
    acts = DETECTABLE_ACTIONS if "CHUNKING" in offers else list(RelayAction)
    script = draw(st.lists(st.sampled_from([RelayAction.ACCEPT] * len(acts) + acts), max_size=30))
    return offers, script


@settings(max_examples=400)
@given(relay_scripts(), st.lists(SIZES, min_size=1, max_size=2), st.booleans(), st.randoms(use_true_random=False))
def test_outcomes_match_what_the_relay_accepted_for_any_script(
    script: tuple[tuple[str, ...], list[RelayAction]], windows: list[list[int]], loses_pipelined: bool, random: Random
) -> None:
    offers, acts = script
    conversation, relay = ready_conversation(*offers), ScriptedRelay(acts, loses_pipelined=loses_pipelined)
    number = 0
    for sizes in windows:
        window = []
        for size in sizes:
            text = b"Number: %d\r\n\r\n" % number + b"x" * size + b"\r\n"
            window.append(Envelope(f"b{number}@news.example", f"r{number}@example.org", text))
            number += 1
        if conversation.state is ConversationState.READY:
            accepted_before = len(relay.accepted)
            found = outcomes_in(exchange(conversation, relay, window, random))
            assert sorted(index for index, _ in found) == list(range(len(window)))
            assert_outcomes_are_true(window, dict(found), relay.accepted[accepted_before:])


def assert_outcomes_are_true(
    window: list[Envelope], found: dict[int, Outcome], accepted: list[tuple[bytes, bytes, bytes]]
) -> None:
    """Assert that each message was accepted at most once and that its outcome agrees."""
    index_by_content = {
        (each.sender.encode(), each.recipient.encode(), each.message): n for n, each in enumerate(window)
    }
    indices = [index_by_content[each] for each in accepted]
    assert len(indices) == len(set(indices))
    for index, outcome in found.items():
        if index in indices:
            assert isinstance(outcome, Accepted | Uncertain), outcome
        else:
            assert not isinstance(outcome, Accepted), outcome


def exchange(conversation: Conversation, relay: ScriptedRelay, window: list[Envelope], random: Random) -> list[object]:
    """Exchange bytes in random pieces and with random delays until neither side has more to send."""
    events: list[object] = [*conversation.start_window(window)]
    answers = b""
    while conversation.state is ConversationState.SENDING:
        if not (answers and random.random() < 0.3) and (piece := conversation.data_to_send()):
            at = random.randint(0, len(piece))
            answers += relay.receive(piece[:at]) + relay.receive(piece[at:])
        elif answers:
            at = len(answers) if random.random() < 0.5 else random.randint(1, len(answers))
            events += conversation.receive_data(answers[:at])
            answers = answers[at:]
        elif relay.dropped:
            events += conversation.receive_data(b"")
        else:
            events += conversation.connection_lost("no answer in time")
    return events
