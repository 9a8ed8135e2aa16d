"""The client against a real server on a real socket, for every situation that the server can make."""

import asyncio
import ssl
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import pytest

from stoppress.alerts.mailer.hold import LONGEST, Hold
from stoppress.alerts.smtp import (
    Accepted,
    Deferred,
    Envelope,
    NotSent,
    Outcome,
    OutOfTurn,
    Patience,
    Refused,
    RelayAddress,
    RelayBrokeProtocol,
    RelayConnection,
    RelayFault,
    RelayInsecure,
    RelayRefusedLogin,
    RelayRefusedSender,
    RelayUnavailable,
    Step,
    Uncertain,
)
from tests.fakes.smtp_server import Received, SMTPServer

TLS = Path(__file__).parent.parent / "data" / "tls"
CERTIFICATE, KEY = TLS / "test-only-certificate.pem", TLS / "test-only-key.pem"
MESSAGE = b"Subject: Flood\r\n\r\nThe river has risen.\r\n.. and a dot\r\n"
CLEAN = b"Subject: Flood\r\n\r\nThe river has risen.\r\n"
HUGE = b"Subject: Huge\r\n\r\n" + b"x" * 70 + b"\r\n" * 2 + (b"y" * 998 + b"\r\n") * 16_000
BOUNCES, READER = "bounce+1@news.example", "reader@example.org"


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


def address(relay: SMTPServer, options: str = "", scheme: str = "smtp", login: str = "") -> RelayAddress:
    return RelayAddress.parse(f"{scheme}://{login}127.0.0.1:{relay.port}{options}")


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


async def visit(where: RelayAddress, *recipients: str, message: bytes = MESSAGE, **how: object) -> list[Outcome]:
    connection = RelayConnection(where, **how)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return [await connection.send(BOUNCES, recipient, message) for recipient in recipients]
    finally:
        await connection.close()


def deliver(relay: SMTPServer, *recipients: str, message: bytes = MESSAGE, **how: object) -> list[Outcome]:
    outcomes = asyncio.run(visit(address(relay), *(recipients or (READER,)), message=message, **how))
    assert relay.violations == []
    return outcomes


async def visit_with(where: RelayAddress, window: list[Envelope], **how: object) -> list[Outcome]:
    connection = RelayConnection(where, **how)  # type: ignore[arg-type]
    await connection.connect()
    try:
        return await outcomes_of(connection, window)
    finally:
        await connection.close()


async def outcomes_of(connection: RelayConnection, window: list[Envelope]) -> list[Outcome]:
    """What was heard, in the window's order; each must be heard of once."""
    heard: list[tuple[int, Outcome]] = []
    await connection.send_window(window, lambda index, outcome: heard.append((index, outcome)))
    assert sorted(index for index, _ in heard) == list(range(len(window)))
    return [outcome for _, outcome in sorted(heard, key=itemgetter(0))]


def deliver_window(relay: SMTPServer, window: list[Envelope], **how: object) -> list[Outcome]:
    outcomes = asyncio.run(visit_with(address(relay), window, **how))
    assert relay.violations == []
    return outcomes


def window_of(number: int) -> list[Envelope]:
    return [Envelope(BOUNCES, f"reader{n}@example.org", CLEAN) for n in range(number)]


async def twice(relay: SMTPServer, window: list[Envelope], **how: object) -> tuple[list[Outcome], list[Outcome]]:
    """The window over one connection, and again over the next."""
    connection = RelayConnection(address(relay), **how)  # type: ignore[arg-type]
    await connection.connect()
    first = await outcomes_of(connection, window)
    await connection.connect()
    second = await outcomes_of(connection, window)
    await connection.close()
    return first, second


def fault_of(where: RelayAddress, **how: object) -> RelayFault:
    with pytest.raises(RelayFault) as caught:
        asyncio.run(visit(where, **how))
    return caught.value


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
        assert deliver(relay) == [Refused(554, "5.7.1", "smells of spam", Step.DOT)]
        relay.answer("DATA", "451 4.3.0 not now")
        assert deliver(relay) == [Deferred(451, "4.3.0", "not now", Step.DATA)]

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
            hold, loop = Hold(), asyncio.get_running_loop()
            connection = RelayConnection(address(relay), hold=hold)
            await connection.connect()
            hold.begin()
            begun = loop.time()
            outcomes = await outcomes_of(connection, window_of(30))
            took = loop.time() - begun
            hold.begin()
            await connection.close()  # politely, all the same
            return outcomes, took

        outcomes, took = asyncio.run(scene())
        assert outcomes == [Accepted(250, "queued")] * 30
        assert took >= LONGEST * 0.9
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
            assert connection.ready
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
        first, second = asyncio.run(twice(relay, window_of(3), patience=Patience(command=1)))
        assert [type(outcome) for outcome in first] == [NotSent] * 3
        assert [type(outcome) for outcome in second] == [Accepted] * 3
        assert len(relay.accepted) == 3

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_silence_before_the_text_is_not_sent(self, relay: SMTPServer, verb: str) -> None:
        relay.hang_at(verb)
        outcomes = deliver_window(relay, window_of(2), patience=Patience(command=0.05, data=0.05))
        assert [type(outcome) for outcome in outcomes] == [NotSent, NotSent]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_a_connection_that_ends_before_the_text_is_not_sent(self, relay: SMTPServer, verb: str) -> None:
        relay.drop_at(verb)
        assert [type(outcome) for outcome in deliver_window(relay, window_of(2))] == [NotSent, NotSent]


class TestBrokenConnections:
    def test_dropped_after_the_dot_is_uncertain(self, relay: SMTPServer) -> None:
        relay.drop_after_dot()
        outcomes = deliver(relay, READER, "next@example.org")
        assert [type(outcome) for outcome in outcomes] == [Uncertain, NotSent]
        assert len(relay.accepted) == 1

    def test_dropped_before_the_dot_is_not_sent(self, relay: SMTPServer) -> None:
        relay.without("SIZE")
        relay.drop_before_dot()
        assert [type(outcome) for outcome in deliver(relay, message=HUGE)] == [NotSent]
        assert relay.accepted == []

    def test_refused_before_the_dot_is_refused(self, relay: SMTPServer) -> None:
        relay.without("SIZE")
        relay.refuse_before_dot()
        assert deliver(relay, message=HUGE) == [Refused(552, "5.3.4", "too much already", Step.DOT)]

    def test_silence_after_the_dot_is_uncertain(self, relay: SMTPServer) -> None:
        relay.hang_after_dot()
        assert [type(outcome) for outcome in deliver(relay, patience=Patience(verdict=0.05))] == [Uncertain]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("pipelining", [True, False])
    def test_421_before_the_dot_is_not_sent(self, relay: SMTPServer, verb: str, pipelining: bool) -> None:
        if not pipelining:
            relay.without("PIPELINING")
        relay.answer(verb, "421 4.3.2 closing")
        first, second = deliver(relay, READER, "next@example.org")
        assert isinstance(first, NotSent) and isinstance(first.fault, RelayUnavailable) and first.fault.code == 421
        assert isinstance(second, NotSent)

    def test_421_at_the_dot_is_a_no_for_now(self, relay: SMTPServer) -> None:
        relay.answer(".", "421 4.3.2 closing")
        first, second = deliver(relay, READER, "next@example.org")
        assert first == Deferred(421, "4.3.2", "closing", Step.DOT)
        assert isinstance(second, NotSent)

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_garbage_before_the_dot_is_not_sent(self, relay: SMTPServer, verb: str) -> None:
        relay.garbage_after(verb)
        (outcome,) = deliver(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.fault, RelayBrokeProtocol)

    def test_garbage_after_the_dot_is_uncertain(self, relay: SMTPServer) -> None:
        relay.answer(".", "excellent!")
        assert [type(outcome) for outcome in deliver(relay)] == [Uncertain]

    def test_after_a_break_the_same_connection_can_be_made_anew(self, relay: SMTPServer) -> None:
        async def story() -> list[Outcome]:
            connection = RelayConnection(address(relay))
            unconnected = await connection.send(BOUNCES, READER, MESSAGE)
            await connection.connect()
            relay.drop_after_dot()
            broken = await connection.send(BOUNCES, READER, MESSAGE)
            relay.at_dot = ""
            await connection.connect()
            whole = await connection.send(BOUNCES, READER, MESSAGE)
            await connection.close()
            return [unconnected, broken, whole]

        assert [type(outcome) for outcome in asyncio.run(story())] == [NotSent, Uncertain, Accepted]

    def test_a_send_that_is_cancelled_leaves_no_half_made_connection(self, relay: SMTPServer) -> None:
        async def story() -> Outcome:
            connection = RelayConnection(address(relay))
            await connection.connect()
            relay.hang_after_dot()
            sending = asyncio.create_task(connection.send(BOUNCES, READER, MESSAGE))
            while not relay.accepted:
                await asyncio.sleep(0.001)
            with pytest.raises(OutOfTurn):
                await connection.send(BOUNCES, READER, MESSAGE)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            return await connection.send(BOUNCES, READER, MESSAGE)

        assert isinstance(asyncio.run(story()), NotSent)


class TestTheRelayItself:
    def test_nobody_there(self) -> None:
        with SMTPServer() as relay:
            where = address(relay)
        assert isinstance(fault_of(where), RelayUnavailable)

    @pytest.mark.parametrize("code", [421, 450, 554])
    def test_a_greeting_that_is_no_welcome(self, relay: SMTPServer, code: int) -> None:
        relay.greet_with(code)
        fault = fault_of(address(relay))
        assert isinstance(fault, RelayUnavailable)
        assert fault.code == code

    def test_a_server_that_speaks_no_smtp(self, relay: SMTPServer) -> None:
        relay.greeting = "SSH-2.0-OpenSSH_9.2"
        assert isinstance(fault_of(address(relay)), RelayBrokeProtocol)

    def test_a_farewell_with_the_greeting(self, relay: SMTPServer) -> None:
        relay.greeting = "220 hello\r\n421 4.3.2 and goodbye"
        assert isinstance(fault_of(address(relay)), RelayUnavailable)

    def test_a_greeting_that_never_comes(self, relay: SMTPServer) -> None:
        relay.slow(30)
        assert isinstance(fault_of(address(relay), patience=Patience(greeting=0.05)), RelayUnavailable)

    def test_a_sender_who_may_not_send(self, relay: SMTPServer) -> None:
        relay.answer("MAIL", "550 5.7.1 not as bounce+1@news.example")
        (outcome,) = deliver(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.fault, RelayRefusedSender)
        assert "bounce" not in repr(outcome)


class TestLogins:
    @pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"])
    def test_the_right_one_opens_the_door(self, relay: SMTPServer, mechanisms: str) -> None:
        relay.require_login("desk@news.example", "pässword", mechanisms)
        where = address(relay, login="desk%40news.example:p%C3%A4ssword@")
        assert asyncio.run(visit(where, READER)) == [Accepted(250, "queued")]

    @pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_the_wrong_one_is_the_relays_no(self, relay: SMTPServer, mechanisms: str) -> None:
        relay.require_login("desk", "right", mechanisms)
        assert isinstance(fault_of(address(relay, login="desk:wrong@")), RelayRefusedLogin)

    def test_none_where_one_is_wanted(self, relay: SMTPServer) -> None:
        relay.require_login("desk", "right")
        (outcome,) = deliver(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.fault, RelayRefusedLogin)


class TestTLS:
    def test_starttls_is_taken_where_it_is_offered(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        assert deliver(relay) == [Accepted(250, "queued")]
        assert [line.split()[0] for line in relay.said][:3] == ["EHLO", "STARTTLS", "EHLO"]

    def test_starttls_with_a_trusted_certificate(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        where = address(relay, "?starttls=required")
        assert asyncio.run(visit(where, READER, tls=trusting())) == [Accepted(250, "queued")]

    def test_a_huge_message_through_tls(self, relay: SMTPServer) -> None:
        relay.without("SIZE")
        relay.offer_starttls(CERTIFICATE, KEY)
        assert deliver(relay, message=HUGE) == [Accepted(250, "queued")]
        assert relay.accepted[0].data == HUGE

    def test_a_certificate_that_nobody_signed_is_not_trusted(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        fault = fault_of(address(relay, "?starttls=required"))
        assert isinstance(fault, RelayInsecure)
        assert "self-signed" in str(fault) or "self signed" in str(fault)

    def test_unless_verify_is_off(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        where = address(relay, "?starttls=required&verify=no")
        assert asyncio.run(visit(where, READER)) == [Accepted(250, "queued")]

    def test_starttls_required_and_not_offered(self, relay: SMTPServer) -> None:
        assert isinstance(fault_of(address(relay, "?starttls=required")), RelayInsecure)

    def test_starttls_offered_and_refused(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.answer("STARTTLS", "454 4.7.0 out of order")
        assert isinstance(fault_of(address(relay)), RelayInsecure)

    def test_words_in_the_clear_after_starttls_are_not_believed(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.answer("STARTTLS", "220 go ahead\r\n250-evil\r\n250 AUTH PLAIN")
        assert isinstance(fault_of(address(relay)), RelayBrokeProtocol)

    def test_starttls_never(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        assert asyncio.run(visit(address(relay, "?starttls=never"), READER)) == [Accepted(250, "queued")]
        assert "STARTTLS" not in relay.said

    def test_dropped_after_the_dot_is_uncertain_through_tls_too(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.drop_after_dot()
        assert [type(outcome) for outcome in deliver(relay)] == [Uncertain]


class TestImplicitTLS:
    @pytest.fixture
    def relay(self) -> Iterator[SMTPServer]:
        server = SMTPServer()
        server.speak_tls(CERTIFICATE, KEY)
        with server:
            yield server

    def test_smtps_is_tls_from_the_first_byte(self, relay: SMTPServer) -> None:
        assert asyncio.run(visit(address(relay, scheme="smtps"), READER, tls=trusting())) == [Accepted(250, "queued")]

    def test_smtps_wants_a_trusted_certificate(self, relay: SMTPServer) -> None:
        assert isinstance(fault_of(address(relay, scheme="smtps")), RelayInsecure)

    def test_a_name_that_the_certificate_does_not_bear_is_not_trusted(self, relay: SMTPServer) -> None:
        where = RelayAddress.parse(f"smtps://127.0.0.2:{relay.port}")
        assert isinstance(fault_of(where, tls=trusting()), RelayFault)


def test_a_repr_shows_neither_login_nor_reader(relay: SMTPServer) -> None:
    where = address(relay, login="desk%40news.example:secret@")
    assert "secret" not in repr(RelayConnection(where))
    assert "desk" not in repr(RelayConnection(where))
