"""The client against a real server on a real socket: outcomes of single messages and of windows."""

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
    Refused,
    RelayConnection,
    Step,
    Timeouts,
    Uncertain,
)
from tests.fakes.smtp_server import AcceptedMessage, SMTPServer
from tests.support.relay_sessions import (
    BOUNCE_ADDRESS,
    CLEAN,
    HUGE,
    MESSAGE,
    RECIPIENT,
    deliver_to_relay,
    deliver_window_to_relay,
    make_window,
    relay_address,
    send_window_twice,
    window_outcomes,
)


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


class TestMessages:
    def test_message_arrives_unchanged(self, relay: SMTPServer) -> None:
        assert deliver_to_relay(relay) == [Accepted(250, "queued")]
        assert relay.accepted == [AcceptedMessage(BOUNCE_ADDRESS, RECIPIENT, MESSAGE)]

    def test_messages_arrive_when_pipelining_is_not_offered(self, relay: SMTPServer) -> None:
        relay.omit_extensions("PIPELINING")
        assert deliver_to_relay(relay, "a@example.org", "b@example.org") == [Accepted(250, "queued")] * 2
        assert [message.recipient for message in relay.accepted] == ["a@example.org", "b@example.org"]

    def test_client_sends_helo_when_ehlo_is_unknown(self, relay: SMTPServer) -> None:
        relay.omit_extensions("EHLO")
        assert deliver_to_relay(relay) == [Accepted(250, "queued")]
        assert [line.split()[0] for line in relay.commands] == ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"]

    @pytest.mark.parametrize("pipelining", [True, False])
    def test_next_message_is_accepted_when_a_recipient_is_refused(self, relay: SMTPServer, pipelining: bool) -> None:
        relay.refuse_recipient("gone@example.org", 550)
        relay.refuse_recipient("full@example.org", 452)
        if not pipelining:
            relay.omit_extensions("PIPELINING")
        outcomes = deliver_to_relay(relay, "gone@example.org", "full@example.org", RECIPIENT)
        assert outcomes == [
            Refused(550, "5.1.1", "<gone@example.org> not here"),
            Deferred(452, "4.1.1", "<full@example.org> not here"),
            Accepted(250, "queued"),
        ]
        assert [message.recipient for message in relay.accepted] == [RECIPIENT]

    def test_empty_text_is_not_accepted_when_data_is_accepted_without_recipients(self, relay: SMTPServer) -> None:
        relay.accept_data_without_recipients()
        relay.refuse_recipient("gone@example.org")
        outcomes = deliver_to_relay(relay, "gone@example.org", RECIPIENT)
        assert [type(outcome) for outcome in outcomes] == [Refused, Accepted]
        assert len(relay.accepted) == 1

    def test_each_recipient_gets_its_own_outcome(self, relay: SMTPServer) -> None:
        relay.refuse_every(3)
        relay.defer_first(2)
        outcomes = deliver_to_relay(relay, *(f"reader{n}@example.org" for n in range(6)))
        assert [type(outcome) for outcome in outcomes] == [Deferred, Deferred, Refused, Accepted, Accepted, Refused]

    def test_failure_at_data_or_final_dot_concerns_the_message(self, relay: SMTPServer) -> None:
        relay.set_reply(".", "554 5.7.1 smells of spam")
        assert deliver_to_relay(relay) == [Refused(554, "5.7.1", "smells of spam", Step.FINAL_DOT)]
        relay.set_reply("DATA", "451 4.3.0 not now")
        assert deliver_to_relay(relay) == [Deferred(451, "4.3.0", "not now", Step.DATA)]

    def test_message_is_accepted_when_the_relay_is_slow(self, relay: SMTPServer) -> None:
        relay.delay_replies(0.01)
        assert deliver_to_relay(relay) == [Accepted(250, "queued")]

    def test_huge_message_arrives_complete(self, relay: SMTPServer) -> None:
        relay.omit_extensions("SIZE")
        assert deliver_to_relay(relay, message=HUGE) == [Accepted(250, "queued")]
        assert relay.accepted[0].data == HUGE

    def test_message_is_refused_unsent_when_it_exceeds_the_offered_size(self, relay: SMTPServer) -> None:
        outcomes = deliver_to_relay(relay, message=HUGE)
        assert outcomes == [Refused(552, "5.3.4", outcomes[0].text)]  # type: ignore[union-attr]
        assert [line.split()[0] for line in relay.commands] == ["EHLO", "QUIT"]

    def test_address_cannot_inject_a_command(self, relay: SMTPServer) -> None:
        evil = "a@example.org>\r\nRCPT TO:<victim@example.org"
        assert [outcome.code for outcome in deliver_to_relay(relay, evil)] == [553]  # type: ignore[union-attr]
        assert "victim" not in " ".join(relay.commands)

    def test_message_is_deferred_when_the_sender_is_malformed(self, relay: SMTPServer) -> None:
        window = [Envelope("a b@news.example", RECIPIENT, CLEAN), Envelope(BOUNCE_ADDRESS, RECIPIENT, CLEAN)]
        first, second = deliver_window_to_relay(relay, window)
        assert isinstance(first, Deferred) and first.enhanced == "4.3.5"
        assert second == Accepted(250, "queued")
        assert len(relay.accepted) == 1


class TestWindows:
    @pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
    def test_messages_of_a_window_arrive_once_and_in_order(self, relay: SMTPServer, offers: tuple[str]) -> None:
        relay.omit_extensions(*offers)
        window = make_window(40)
        assert deliver_window_to_relay(relay, window) == [Accepted(250, "queued")] * 40
        assert relay.accepted == [AcceptedMessage(BOUNCE_ADDRESS, each.recipient, CLEAN) for each in window]

    def test_window_is_sent_after_the_pause_when_a_pause_is_active(self, relay: SMTPServer) -> None:
        async def run_client() -> tuple[list[Outcome], float]:
            pause, loop = InteractivePause(), asyncio.get_running_loop()
            connection = RelayConnection(relay_address(relay), pause=pause)
            await connection.connect()
            pause.start()
            started = loop.time()
            outcomes = await window_outcomes(connection, make_window(30))
            seconds = loop.time() - started
            pause.start()
            await connection.close()  # sends QUIT although a pause is active
            return outcomes, seconds

        outcomes, seconds = asyncio.run(run_client())
        assert outcomes == [Accepted(250, "queued")] * 30
        assert seconds >= MAX_PAUSE_SECONDS * 0.9
        assert relay.violations == []

    def test_only_the_first_message_is_uncertain_when_the_connection_breaks(self, relay: SMTPServer) -> None:
        relay.drop_after_dot()
        outcomes = deliver_window_to_relay(relay, make_window(4))
        assert [type(outcome) for outcome in outcomes] == [Uncertain, NotSent, NotSent, NotSent]

    def test_messages_are_not_sent_without_a_connection(self, relay: SMTPServer) -> None:
        outcomes = asyncio.run(window_outcomes(RelayConnection(relay_address(relay)), make_window(2)))
        assert [type(outcome) for outcome in outcomes] == [NotSent, NotSent]

    def test_all_outcomes_are_reported_when_a_callback_raises(self, relay: SMTPServer) -> None:
        reported: list[int] = []

        def raise_once(index: int, outcome: Outcome) -> None:
            reported.append(index)
            if index == 1:
                raise ZeroDivisionError

        async def run_client() -> None:
            connection = RelayConnection(relay_address(relay))
            await connection.connect()
            with pytest.raises(ZeroDivisionError):
                await connection.send_window(make_window(3), raise_once)
            assert connection.is_ready
            await connection.close()

        asyncio.run(run_client())
        assert reported == [0, 1, 2]

    @pytest.mark.parametrize("size", [1, 7])
    def test_messages_are_accepted_when_replies_come_in_pieces(self, relay: SMTPServer, size: int) -> None:
        relay.split_replies(size)
        assert deliver_window_to_relay(relay, make_window(5)) == [Accepted(250, "queued")] * 5

    def test_all_outcomes_are_reported_when_a_window_is_cancelled(self, relay: SMTPServer) -> None:
        async def run_client() -> list[Outcome]:
            connection = RelayConnection(relay_address(relay))
            await connection.connect()
            relay.hang_after_dot()
            reported: dict[int, Outcome] = {}
            sending = asyncio.create_task(connection.send_window(make_window(3), reported.__setitem__))
            while not relay.accepted:
                await asyncio.sleep(0.001)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            return [reported[index] for index in range(3)]

        assert [type(outcome) for outcome in asyncio.run(run_client())] == [Uncertain, NotSent, NotSent]


class TestChunking:
    @pytest.fixture
    def relay(self) -> Iterator[SMTPServer]:
        with SMTPServer() as server:
            server.offer_chunking()
            yield server

    @pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
    def test_messages_arrive_once_and_in_order(self, relay: SMTPServer, offers: tuple[str]) -> None:
        relay.omit_extensions(*offers)
        window = make_window(40)
        assert deliver_window_to_relay(relay, window) == [Accepted(250, "queued")] * 40
        assert relay.accepted == [AcceptedMessage(BOUNCE_ADDRESS, each.recipient, CLEAN) for each in window]
        assert not any(line.startswith("DATA") for line in relay.commands)

    def test_huge_messages_arrive_complete(self, relay: SMTPServer) -> None:
        relay.omit_extensions("SIZE")
        assert deliver_to_relay(relay, RECIPIENT, RECIPIENT, message=HUGE) == [Accepted(250, "queued")] * 2
        assert [message.data for message in relay.accepted] == [HUGE] * 2

    def test_other_messages_are_accepted_when_a_recipient_is_refused(self, relay: SMTPServer) -> None:
        relay.refuse_recipient("reader3@example.org")
        outcomes = deliver_window_to_relay(relay, make_window(8))
        assert [index for index, outcome in enumerate(outcomes) if not isinstance(outcome, Accepted)] == [3]
        assert {message.recipient for message in relay.accepted} == {
            f"reader{n}@example.org" for n in range(8) if n != 3
        }

    def test_next_connection_uses_data_when_bdat_is_offered_but_unknown(self, relay: SMTPServer) -> None:
        relay.set_reply("BDAT", "502 5.5.2 what?")
        first, second = asyncio.run(send_window_twice(relay, make_window(2)))
        assert [type(outcome) for outcome in first] == [NotSent, NotSent]
        assert [type(outcome) for outcome in second] == [Accepted, Accepted]

    def test_first_message_is_uncertain_when_the_connection_drops(self, relay: SMTPServer) -> None:
        relay.drop_after_dot()
        outcomes = deliver_window_to_relay(relay, make_window(3))
        assert [type(outcome) for outcome in outcomes] == [Uncertain, NotSent, NotSent]


class TestBrokenPipelining:
    def test_next_connection_sends_commands_one_by_one_when_the_relay_loses_them(self, relay: SMTPServer) -> None:
        relay.break_pipelining()
        first, second = asyncio.run(send_window_twice(relay, make_window(3), timeouts=Timeouts(command=1)))
        assert [type(outcome) for outcome in first] == [NotSent] * 3
        assert [type(outcome) for outcome in second] == [Accepted] * 3
        assert len(relay.accepted) == 3

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_messages_are_not_sent_when_the_relay_is_silent_before_the_text(self, relay: SMTPServer, verb: str) -> None:
        relay.hang_at(verb)
        outcomes = deliver_window_to_relay(relay, make_window(2), timeouts=Timeouts(command=0.05, data=0.05))
        assert [type(outcome) for outcome in outcomes] == [NotSent, NotSent]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_messages_are_not_sent_when_the_connection_ends_before_the_text(self, relay: SMTPServer, verb: str) -> None:
        relay.drop_at(verb)
        assert [type(outcome) for outcome in deliver_window_to_relay(relay, make_window(2))] == [NotSent, NotSent]
