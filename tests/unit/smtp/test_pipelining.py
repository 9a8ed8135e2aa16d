"""A window of messages without a socket: what is said when, and that each message gets the outcome that is true."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoppress.smtp.conversation import Conversation, ConversationState
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import RelayProtocolError, SenderRefusedError, RelayUnavailableError
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Outcome, Refused, SmtpStep, Uncertain
from stoppress.smtp.pipelining import MAX_UNANSWERED_BYTES, MAX_PIECE_BYTES, MessageFinished
from tests.fakes.scripted_relay import Act, ScriptedRelay

TEXT = b"Subject: Flood\r\n\r\nThe river has risen.\r\n"
YES = b"250 2.0.0 yes\r\n"
GROUP = YES + YES + b"354 go on\r\n"


def ready(*offers: str, plain: bool = False) -> Conversation:
    """A conversation past its EHLO."""
    conversation = Conversation(allow_pipelining=not plain)
    conversation.receive_data(b"220 mx.example ESMTP\r\n")
    conversation.ehlo("news.example")
    conversation.data_to_send()
    lines = ["mx.example", *offers]
    conversation.receive_data("".join(f"250{' ' if line is lines[-1] else '-'}{line}\r\n" for line in lines).encode())
    assert conversation.state is ConversationState.READY
    return conversation


def letters(number: int, text: bytes = TEXT) -> list[Envelope]:
    return [Envelope(f"b{n}@news.example", f"r{n}@example.org", text) for n in range(number)]


def said(conversation: Conversation) -> bytes:
    return b"".join(iter(conversation.data_to_send, b""))


def outcomes(events: Sequence[object]) -> list[tuple[int, Outcome]]:
    return [(event.index, event.outcome) for event in events if isinstance(event, MessageFinished)]


def group(n: int) -> bytes:
    return b"MAIL FROM:<b%d@news.example>\r\nRCPT TO:<r%d@example.org>\r\nDATA\r\n" % (n, n)


def chunk(n: int) -> bytes:
    head = b"MAIL FROM:<b%d@news.example>\r\nRCPT TO:<r%d@example.org>\r\n" % (n, n)
    return head + b"BDAT %d LAST\r\n" % len(TEXT) + TEXT


class TestPipelining:
    """RFC 2920."""

    def test_a_text_and_the_next_commands_go_in_one_piece(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(3))
        assert conversation.data_to_send() == group(0)
        assert conversation.data_to_send() == b""
        conversation.receive_data(GROUP)
        assert conversation.data_to_send() == TEXT + b".\r\n" + group(1)
        assert outcomes(conversation.receive_data(YES + GROUP)) == [(0, Accepted(250, "yes"))]
        assert conversation.data_to_send() == TEXT + b".\r\n" + group(2)
        conversation.receive_data(YES + GROUP)
        assert said(conversation) == TEXT + b".\r\n"
        assert outcomes(conversation.receive_data(YES)) == [(2, Accepted(250, "yes"))]
        assert conversation.state is ConversationState.READY

    def test_a_transaction_without_a_text_is_reset(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(2))
        said(conversation)
        events = conversation.receive_data(YES + b"550 5.1.1 who?\r\n554 5.5.1 nobody\r\n")
        assert outcomes(events) == [(0, Refused(550, "5.1.1", "who?"))]
        assert said(conversation) == b"RSET\r\n" + group(1)

    def test_a_text_for_nobody_is_a_lone_dot_and_the_next_follows_it(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(2))
        said(conversation)
        conversation.receive_data(YES + b"450 4.2.1 later\r\n354 go on\r\n")
        assert said(conversation) == b".\r\n" + group(1)
        assert outcomes(conversation.receive_data(b"554 5.5.1 nobody\r\n")) == [(0, Deferred(450, "4.2.1", "later"))]

    def test_a_no_among_four_answers_that_come_together_is_heard(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(3))
        said(conversation)
        conversation.receive_data(GROUP)
        said(conversation)
        events = conversation.receive_data(YES + YES + b"550 5.1.1 who?\r\n354 go on\r\n")
        assert outcomes(events) == [(0, Accepted(250, "yes"))]
        assert said(conversation) == b".\r\n" + group(2)
        events = conversation.receive_data(YES + GROUP)
        assert outcomes(events) == [(1, Refused(550, "5.1.1", "who?"))]
        assert said(conversation) == TEXT + b".\r\n"
        assert outcomes(conversation.receive_data(b"554 5.7.1 no\r\n")) == [(2, Refused(554, "5.7.1", "no", SmtpStep.FINAL_DOT))]

    def test_what_is_wrong_with_the_relay_ends_the_window_and_not_the_conversation(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(3))
        said(conversation)
        events = conversation.receive_data(b"550 5.7.1 not you\r\n503 5.5.1 no\r\n503 5.5.1 no\r\n")
        assert [index for index, _ in outcomes(events)] == [0, 1, 2]
        assert all(isinstance(each, NotSent) and type(each.error) is SenderRefusedError for _, each in outcomes(events))
        assert conversation.state is ConversationState.READY

    def test_lost_after_a_final_dot_that_one_is_uncertain_and_the_rest_is_not_sent(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(3))
        said(conversation)
        conversation.receive_data(GROUP)
        said(conversation)
        assert [type(each) for _, each in outcomes(conversation.receive_data(b""))] == [Uncertain, NotSent, NotSent]

    def test_farewell_in_place_of_a_verdict_is_a_no_for_now(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(2))
        said(conversation)
        conversation.receive_data(GROUP)
        said(conversation)
        first, second = outcomes(conversation.receive_data(b"421 4.3.2 bye\r\n"))
        assert first == (0, Deferred(421, "4.3.2", "bye", SmtpStep.FINAL_DOT))
        assert isinstance(second[1], NotSent) and isinstance(second[1].error, RelayUnavailableError)
        assert conversation.is_closed

    def test_answers_out_of_order_end_it(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(2))
        said(conversation)
        found = outcomes(conversation.receive_data(b"354 go on\r\n" + YES + YES))
        assert [type(outcome) for _, outcome in found] == [NotSent, NotSent]
        assert conversation.is_closed

    def test_an_answer_that_nobody_asked_for_ends_it_before_the_text_is_said(self) -> None:
        conversation = ready("PIPELINING")
        conversation.start_window(letters(2))
        said(conversation)
        found = outcomes(conversation.receive_data(GROUP + YES))
        assert [type(outcome) for _, outcome in found] == [NotSent, NotSent]
        assert said(conversation) == b""

    def test_a_long_text_is_said_in_pieces_and_the_next_commands_with_its_last(self) -> None:
        text = b"x" * (MAX_PIECE_BYTES - 2) + b"\r\n" + b"y\r\n"
        conversation = ready("PIPELINING")
        conversation.start_window(letters(2, text))
        said(conversation)
        conversation.receive_data(GROUP)
        assert [conversation.data_to_send(), conversation.data_to_send()] == [text[:MAX_PIECE_BYTES], b"y\r\n.\r\n" + group(1)]

    def test_plain_is_one_at_a_time_whatever_is_offered(self) -> None:
        conversation = ready("PIPELINING", "CHUNKING", plain=True)
        conversation.start_window(letters(2))
        spoken = []
        for answer in (YES, YES, b"354 go on\r\n", YES, YES):
            spoken.append(said(conversation)[:4])
            conversation.receive_data(answer)
        assert spoken == [b"MAIL", b"RCPT", b"DATA", TEXT[:4], b"MAIL"]


class TestChunking:
    """RFC 3030."""

    def test_after_the_first_yes_all_is_said_without_waiting_each_behind_a_reset(self) -> None:
        conversation = ready("PIPELINING", "CHUNKING")
        conversation.start_window(letters(4))
        assert said(conversation) == chunk(0)
        assert outcomes(conversation.receive_data(YES * 3)) == [(0, Accepted(250, "yes"))]
        assert said(conversation) == chunk(1) + b"RSET\r\n" + chunk(2) + b"RSET\r\n" + chunk(3)
        found = outcomes(conversation.receive_data(YES * 3 + YES * 2 + b"550 5.1.1 who?\r\n503 5.5.1 no\r\n" + YES * 4))
        assert [type(outcome) for _, outcome in found] == [Accepted, Refused, Accepted]
        assert conversation.state is ConversationState.READY

    def test_the_next_window_need_not_wait_for_a_first_yes_again(self) -> None:
        conversation = ready("PIPELINING", "CHUNKING")
        conversation.start_window(letters(1))
        said(conversation)
        conversation.receive_data(YES * 3)
        conversation.start_window(letters(2))
        assert said(conversation) == chunk(0) + b"RSET\r\n" + chunk(1)

    def test_what_is_under_way_is_bounded(self) -> None:
        text = b"x" * (MAX_UNANSWERED_BYTES // 2 - 2) + b"\r\n"
        conversation = ready("PIPELINING", "CHUNKING")
        conversation.start_window(letters(9, text))
        said(conversation)
        conversation.receive_data(YES * 3)
        assert said(conversation).count(b"BDAT") == 2
        conversation.receive_data(YES * 3)
        assert said(conversation).count(b"BDAT") == 1

    def test_a_dot_is_a_dot(self) -> None:
        conversation = ready("CHUNKING")
        conversation.start_window([Envelope("", "r@example.org", b".\n.", is_smtp_ready=False)])
        said(conversation)
        conversation.receive_data(YES)
        said(conversation)
        conversation.receive_data(YES)
        assert said(conversation) == b"BDAT 6 LAST\r\n.\r\n.\r\n"

    @pytest.mark.parametrize("code", [500, 502, 503])
    def test_offered_and_not_known_it_is_the_relays_fault(self, code: int) -> None:
        conversation = ready("PIPELINING", "CHUNKING")
        conversation.start_window(letters(3))
        said(conversation)
        found = outcomes(conversation.receive_data(YES * 2 + b"%d 5.5.1 what?\r\n" % code))
        assert [index for index, _ in found] == [0, 1, 2]
        assert all(isinstance(each, NotSent) and type(each.error) is RelayProtocolError for _, each in found)

    def test_lost_with_several_under_way_all_of_them_are_uncertain(self) -> None:
        conversation = ready("PIPELINING", "CHUNKING")
        conversation.start_window(letters(4))
        said(conversation)
        conversation.receive_data(YES * 3)
        said(conversation)
        found = outcomes(conversation.receive_data(YES * 3)) + outcomes(conversation.connection_lost("the cable was cut"))
        assert [type(outcome) for _, outcome in found] == [Accepted, Uncertain, Uncertain]

    def test_a_relay_that_takes_what_it_refused_is_not_believed(self) -> None:
        conversation = ready("PIPELINING", "CHUNKING")
        conversation.start_window(letters(2))
        said(conversation)
        found = outcomes(conversation.receive_data(b"550 5.7.1 no\r\n" + YES * 2))
        assert [type(outcome) for _, outcome in found] == [Uncertain, NotSent]
        assert conversation.is_closed


OFFERS = st.sampled_from([(), ("PIPELINING",), ("CHUNKING",), ("PIPELINING", "CHUNKING")])
SIZES = st.lists(st.sampled_from([1, 1, 1, 40, MAX_PIECE_BYTES, MAX_PIECE_BYTES * 2]), min_size=1, max_size=6)
#: With BDAT said ahead, a yes too many or too late is taken for the yes to a text: no client can tell. A 354 tells.
HONEST = [act for act in Act if act not in (Act.TWICE, Act.LATE)]


@st.composite
def scripts(draw: st.DrawFn) -> tuple[tuple[str, ...], list[Act]]:
    offers = draw(OFFERS)
    acts = HONEST if "CHUNKING" in offers else list(Act)
    script = draw(st.lists(st.sampled_from([Act.YES] * len(acts) + acts), max_size=30))
    return offers, script


@settings(max_examples=400)
@given(scripts(), st.lists(SIZES, min_size=1, max_size=2), st.booleans(), st.randoms(use_true_random=False))
def test_whatever_the_relay_does_each_outcome_is_true(
    script: tuple[tuple[str, ...], list[Act]], windows: list[list[int]], deaf: bool, chance: Random
) -> None:
    offers, acts = script
    conversation, relay = ready(*offers), ScriptedRelay(acts, deaf=deaf)
    number = 0
    for sizes in windows:
        window = []
        for size in sizes:
            text = b"Number: %d\r\n\r\n" % number + b"x" * size + b"\r\n"
            window.append(Envelope(f"b{number}@news.example", f"r{number}@example.org", text))
            number += 1
        if conversation.state is ConversationState.READY:
            taken_before = len(relay.taken)
            found = outcomes(play(conversation, relay, window, chance))
            assert sorted(index for index, _ in found) == list(range(len(window)))
            hold_to_the_truth(window, dict(found), relay.taken[taken_before:])


def hold_to_the_truth(
    window: list[Envelope], found: dict[int, Outcome], taken: list[tuple[bytes, bytes, bytes]]
) -> None:
    """Nothing taken twice or under another's name, nothing accepted untaken, nothing taken called unsent."""
    letter_of = {(each.sender.encode(), each.recipient.encode(), each.message): n for n, each in enumerate(window)}
    indices = [letter_of[each] for each in taken]
    assert len(indices) == len(set(indices))
    for index, outcome in found.items():
        if index in indices:
            assert isinstance(outcome, Accepted | Uncertain), outcome
        else:
            assert not isinstance(outcome, Accepted), outcome


def play(conversation: Conversation, relay: ScriptedRelay, window: list[Envelope], chance: Random) -> list[object]:
    """Carry bytes to and fro, in pieces and with delays as chance will have it; end it when nobody speaks any more."""
    events: list[object] = [*conversation.start_window(window)]
    answers = b""
    while conversation.state is ConversationState.SENDING:
        if not (answers and chance.random() < 0.3) and (piece := conversation.data_to_send()):
            at = chance.randint(0, len(piece))
            answers += relay.hear(piece[:at]) + relay.hear(piece[at:])
        elif answers:
            at = len(answers) if chance.random() < 0.5 else chance.randint(1, len(answers))
            events += conversation.receive_data(answers[:at])
            answers = answers[at:]
        elif relay.dropped:
            events += conversation.receive_data(b"")
        else:
            events += conversation.connection_lost("no answer in time")
    return events
