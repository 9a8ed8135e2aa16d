"""The client against a real server on a real socket: what becomes of messages, one by one and in windows."""

import asyncio
from collections.abc import Iterator

import pytest

from stoppress.delivery.sender.interactive_pause import MAX_PAUSE_SECONDS, InteractivePause
from stoppress.smtp import (
    Accepted,
    Deferred,
    Envelope,
    NotSent,
    Outcome,
    Timeouts,
    Refused,
    RelayConnection,
    SmtpStep,
    Uncertain,
)
from tests.fakes.smtp_server import Received, SMTPServer
from tests.support.smtp_visits import (
    BOUNCES,
    CLEAN,
    HUGE,
    MESSAGE,
    READER,
    address,
    deliver,
    deliver_window,
    outcomes_of,
    twice,
    window_of,
)


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


class TestMessages:
    def test_a_message_arrives_as_it_was_written(self, relay: SMTPServer) -> None:
        assert deliver(relay) == [Accepted(250, "queued")]
        assert relay.accepted == [Received(BOUNCES, READER, MESSAGE)]

    def test_commands_go_in_one_piece_where_pipelining_is_offered_and_singly_where_not(self, relay: SMTPServer) -> None:
        relay.without("PIPELINING")
        assert deliver(relay, "a@example.org", "b@example.org") == [Accepted(250, "queued")] * 2
        assert [message.recipient for message in relay.accepted] == ["a@example.org", "b@example.org"]

    def test_a_relay_that_knows_no_ehlo_is_met_with_helo(self, relay: SMTPServer) -> None:
        relay.without("EHLO")
        assert deliver(relay) == [Accepted(250, "queued")]
        assert [line.split()[0] for line in relay.said] == ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"]

    @pytest.mark.parametrize("pipelining", [True, False])
    def test_a_refused_recipient_does_not_touch_the_next(self, relay: SMTPServer, pipelining: bool) -> None:
        relay.refuse_recipient("gone@example.org", 550)
        relay.refuse_recipient("full@example.org", 452)
        if not pipelining:
            relay.without("PIPELINING")
        outcomes = deliver(relay, "gone@example.org", "full@example.org", READER)
        assert outcomes == [
            Refused(550, "5.1.1", "<gone@example.org> not here"),
            Deferred(452, "4.1.1", "<full@example.org> not here"),
            Accepted(250, "queued"),
        ]
        assert [message.recipient for message in relay.accepted] == [READER]

    def test_a_text_for_nobody_is_an_empty_one_and_counts_for_nothing(self, relay: SMTPServer) -> None:
        relay.want_text_for_nobody()
        relay.refuse_recipient("gone@example.org")
        outcomes = deliver(relay, "gone@example.org", READER)
        assert [type(outcome) for outcome in outcomes] == [Refused, Accepted]
        assert len(relay.accepted) == 1

    def test_every_third_refused_and_the_first_two_deferred(self, relay: SMTPServer) -> None:
        relay.refuse_every(3)
        relay.defer_first(2)
        outcomes = deliver(relay, *(f"reader{n}@example.org" for n in range(6)))
        assert [type(outcome) for outcome in outcomes] == [Deferred, Deferred, Refused, Accepted, Accepted, Refused]

    def test_a_refusal_at_data_or_at_the_dot_is_about_the_message(self, relay: SMTPServer) -> None:
        relay.answer(".", "554 5.7.1 smells of spam")
        assert deliver(relay) == [Refused(554, "5.7.1", "smells of spam", SmtpStep.DOT)]
        relay.answer("DATA", "451 4.3.0 not now")
        assert deliver(relay) == [Deferred(451, "4.3.0", "not now", SmtpStep.DATA)]

    def test_a_slow_relay_is_waited_for(self, relay: SMTPServer) -> None:
        relay.slow(0.01)
        assert deliver(relay) == [Accepted(250, "queued")]

    def test_a_huge_message_arrives_whole(self, relay: SMTPServer) -> None:
        relay.without("SIZE")
        assert deliver(relay, message=HUGE) == [Accepted(250, "queued")]
        assert relay.accepted[0].data == HUGE

    def test_a_message_over_the_named_size_is_refused_unsaid(self, relay: SMTPServer) -> None:
        outcomes = deliver(relay, message=HUGE)
        assert outcomes == [Refused(552, "5.3.4", outcomes[0].text)]  # type: ignore[union-attr]
        assert [line.split()[0] for line in relay.said] == ["EHLO", "QUIT"]

    def test_no_address_can_smuggle_a_command(self, relay: SMTPServer) -> None:
        evil = "a@example.org>\r\nRCPT TO:<victim@example.org"
        assert [outcome.code for outcome in deliver(relay, evil)] == [553]  # type: ignore[union-attr]
        assert "victim" not in " ".join(relay.said)

    def test_a_malformed_sender_is_our_own_fault_and_no_readers(self, relay: SMTPServer) -> None:
        window = [Envelope("a b@news.example", READER, CLEAN), Envelope(BOUNCES, READER, CLEAN)]
        first, second = deliver_window(relay, window)
        assert isinstance(first, Deferred) and first.enhanced == "4.3.5"
        assert second == Accepted(250, "queued")
        assert len(relay.accepted) == 1


class TestWindows:
    @pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
    def test_each_message_of_a_window_arrives_once_and_in_order(self, relay: SMTPServer, offers: tuple[str]) -> None:
        relay.without(*offers)
        window = window_of(40)
        assert deliver_window(relay, window) == [Accepted(250, "queued")] * 40
        assert relay.accepted == [Received(BOUNCES, each.recipient, CLEAN) for each in window]

    def test_while_mail_is_held_back_nothing_is_said_and_then_all_of_it(self, relay: SMTPServer) -> None:
        async def scene() -> tuple[list[Outcome], float]:
            pause, loop = InteractivePause(), asyncio.get_running_loop()
            connection = RelayConnection(address(relay), pause=pause)
            await connection.connect()
            pause.start()
            begun = loop.time()
            outcomes = await outcomes_of(connection, window_of(30))
            took = loop.time() - begun
            pause.start()
            await connection.close()  # politely, all the same
            return outcomes, took

        outcomes, took = asyncio.run(scene())
        assert outcomes == [Accepted(250, "queued")] * 30
        assert took >= MAX_PAUSE_SECONDS * 0.9
        assert relay.violations == []

    def test_a_broken_connection_leaves_each_with_what_is_known(self, relay: SMTPServer) -> None:
        relay.drop_after_dot()
        outcomes = deliver_window(relay, window_of(4))
        assert [type(outcome) for outcome in outcomes] == [Uncertain, NotSent, NotSent, NotSent]

    def test_without_a_connection_nothing_is_sent(self, relay: SMTPServer) -> None:
        outcomes = asyncio.run(outcomes_of(RelayConnection(address(relay)), window_of(2)))
        assert [type(outcome) for outcome in outcomes] == [NotSent, NotSent]

    def test_who_stumbles_over_one_outcome_still_hears_the_others(self, relay: SMTPServer) -> None:
        heard: list[int] = []

        def stumble(index: int, outcome: Outcome) -> None:
            heard.append(index)
            if index == 1:
                raise ZeroDivisionError

        async def story() -> None:
            connection = RelayConnection(address(relay))
            await connection.connect()
            with pytest.raises(ZeroDivisionError):
                await connection.send_window(window_of(3), stumble)
            assert connection.is_ready
            await connection.close()

        asyncio.run(story())
        assert heard == [0, 1, 2]

    @pytest.mark.parametrize("size", [1, 7])
    def test_answers_in_little_pieces_are_answers(self, relay: SMTPServer, size: int) -> None:
        relay.split_replies(size)
        assert deliver_window(relay, window_of(5)) == [Accepted(250, "queued")] * 5

    def test_a_window_that_is_broken_off_is_heard_of_to_the_last(self, relay: SMTPServer) -> None:
        async def story() -> list[Outcome]:
            connection = RelayConnection(address(relay))
            await connection.connect()
            relay.hang_after_dot()
            heard: dict[int, Outcome] = {}
            sending = asyncio.create_task(connection.send_window(window_of(3), heard.__setitem__))
            while not relay.accepted:
                await asyncio.sleep(0.001)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            return [heard[index] for index in range(3)]

        assert [type(outcome) for outcome in asyncio.run(story())] == [Uncertain, NotSent, NotSent]


class TestChunking:
    @pytest.fixture
    def relay(self) -> Iterator[SMTPServer]:
        with SMTPServer() as server:
            server.offer_chunking()
            yield server

    @pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
    def test_each_message_arrives_once_and_in_order(self, relay: SMTPServer, offers: tuple[str]) -> None:
        relay.without(*offers)
        window = window_of(40)
        assert deliver_window(relay, window) == [Accepted(250, "queued")] * 40
        assert relay.accepted == [Received(BOUNCES, each.recipient, CLEAN) for each in window]
        assert not any(line.startswith("DATA") for line in relay.said)

    def test_huge_messages_arrive_whole(self, relay: SMTPServer) -> None:
        relay.without("SIZE")
        assert deliver(relay, READER, READER, message=HUGE) == [Accepted(250, "queued")] * 2
        assert [message.data for message in relay.accepted] == [HUGE] * 2

    def test_a_refused_recipient_touches_nobody_else(self, relay: SMTPServer) -> None:
        relay.refuse_recipient("reader3@example.org")
        outcomes = deliver_window(relay, window_of(8))
        assert [index for index, outcome in enumerate(outcomes) if not isinstance(outcome, Accepted)] == [3]
        assert {message.recipient for message in relay.accepted} == {
            f"reader{n}@example.org" for n in range(8) if n != 3
        }

    def test_a_relay_that_offers_it_and_does_not_know_it_gets_data_the_next_time(self, relay: SMTPServer) -> None:
        relay.answer("BDAT", "502 5.5.2 what?")
        first, second = asyncio.run(twice(relay, window_of(2)))
        assert [type(outcome) for outcome in first] == [NotSent, NotSent]
        assert [type(outcome) for outcome in second] == [Accepted, Accepted]

    def test_dropped_with_several_under_way_those_are_uncertain(self, relay: SMTPServer) -> None:
        relay.drop_after_dot()
        outcomes = deliver_window(relay, window_of(3))
        assert [type(outcome) for outcome in outcomes] == [Uncertain, NotSent, NotSent]


class TestBrokenPipelining:
    def test_a_relay_that_loses_commands_gets_them_one_by_one_the_next_time(self, relay: SMTPServer) -> None:
        relay.break_pipelining()
        first, second = asyncio.run(twice(relay, window_of(3), timeouts=Timeouts(command=1)))
        assert [type(outcome) for outcome in first] == [NotSent] * 3
        assert [type(outcome) for outcome in second] == [Accepted] * 3
        assert len(relay.accepted) == 3

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_silence_before_the_text_is_not_sent(self, relay: SMTPServer, verb: str) -> None:
        relay.hang_at(verb)
        outcomes = deliver_window(relay, window_of(2), timeouts=Timeouts(command=0.05, data=0.05))
        assert [type(outcome) for outcome in outcomes] == [NotSent, NotSent]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_a_connection_that_ends_before_the_text_is_not_sent(self, relay: SMTPServer, verb: str) -> None:
        relay.drop_at(verb)
        assert [type(outcome) for outcome in deliver_window(relay, window_of(2))] == [NotSent, NotSent]
