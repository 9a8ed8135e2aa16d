"""The client against a real server on a real socket: connections that break, the relay itself, log-ins, TLS."""

import asyncio
from collections.abc import Iterator

import pytest

from stoppress.smtp import (
    Accepted,
    Deferred,
    NotSent,
    Outcome,
    CommandSequenceError,
    Timeouts,
    Refused,
    RelayAddress,
    RelayProtocolError,
    RelayConnection,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    SenderRefusedError,
    RelayUnavailableError,
    SmtpStep,
    Uncertain,
)
from tests.fakes.smtp_server import SMTPServer
from tests.support.smtp_visits import (
    BOUNCES,
    CERTIFICATE,
    HUGE,
    KEY,
    MESSAGE,
    READER,
    address,
    deliver,
    fault_of,
    trusting,
    visit,
)


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


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
        assert deliver(relay, message=HUGE) == [Refused(552, "5.3.4", "too much already", SmtpStep.DOT)]

    def test_silence_after_the_dot_is_uncertain(self, relay: SMTPServer) -> None:
        relay.hang_after_dot()
        assert [type(outcome) for outcome in deliver(relay, timeouts=Timeouts(final_reply=0.05))] == [Uncertain]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("pipelining", [True, False])
    def test_421_before_the_dot_is_not_sent(self, relay: SMTPServer, verb: str, pipelining: bool) -> None:
        if not pipelining:
            relay.without("PIPELINING")
        relay.answer(verb, "421 4.3.2 closing")
        first, second = deliver(relay, READER, "next@example.org")
        assert isinstance(first, NotSent) and isinstance(first.error, RelayUnavailableError) and first.error.code == 421
        assert isinstance(second, NotSent)

    def test_421_at_the_dot_is_a_no_for_now(self, relay: SMTPServer) -> None:
        relay.answer(".", "421 4.3.2 closing")
        first, second = deliver(relay, READER, "next@example.org")
        assert first == Deferred(421, "4.3.2", "closing", SmtpStep.DOT)
        assert isinstance(second, NotSent)

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_garbage_before_the_dot_is_not_sent(self, relay: SMTPServer, verb: str) -> None:
        relay.garbage_after(verb)
        (outcome,) = deliver(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.error, RelayProtocolError)

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
            with pytest.raises(CommandSequenceError):
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
        assert isinstance(fault_of(where), RelayUnavailableError)

    @pytest.mark.parametrize("code", [421, 450, 554])
    def test_a_greeting_that_is_no_welcome(self, relay: SMTPServer, code: int) -> None:
        relay.greet_with(code)
        fault = fault_of(address(relay))
        assert isinstance(fault, RelayUnavailableError)
        assert fault.code == code

    def test_a_server_that_speaks_no_smtp(self, relay: SMTPServer) -> None:
        relay.greeting = "SSH-2.0-OpenSSH_9.2"
        assert isinstance(fault_of(address(relay)), RelayProtocolError)

    def test_a_farewell_with_the_greeting(self, relay: SMTPServer) -> None:
        relay.greeting = "220 hello\r\n421 4.3.2 and goodbye"
        assert isinstance(fault_of(address(relay)), RelayUnavailableError)

    def test_a_greeting_that_never_comes(self, relay: SMTPServer) -> None:
        relay.slow(30)
        assert isinstance(fault_of(address(relay), timeouts=Timeouts(greeting=0.05)), RelayUnavailableError)

    def test_a_sender_who_may_not_send(self, relay: SMTPServer) -> None:
        relay.answer("MAIL", "550 5.7.1 not as bounce+1@news.example")
        (outcome,) = deliver(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.error, SenderRefusedError)
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
        assert isinstance(fault_of(address(relay, login="desk:wrong@")), RelayLoginError)

    def test_none_where_one_is_wanted(self, relay: SMTPServer) -> None:
        relay.require_login("desk", "right")
        (outcome,) = deliver(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.error, RelayLoginError)


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
        assert isinstance(fault, RelayInsecureError)
        assert "self-signed" in str(fault) or "self signed" in str(fault)

    def test_unless_verify_is_off(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        where = address(relay, "?starttls=required&verify=no")
        assert asyncio.run(visit(where, READER)) == [Accepted(250, "queued")]

    def test_starttls_required_and_not_offered(self, relay: SMTPServer) -> None:
        assert isinstance(fault_of(address(relay, "?starttls=required")), RelayInsecureError)

    def test_starttls_offered_and_refused(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.answer("STARTTLS", "454 4.7.0 out of order")
        assert isinstance(fault_of(address(relay)), RelayInsecureError)

    def test_words_in_the_clear_after_starttls_are_not_believed(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.answer("STARTTLS", "220 go ahead\r\n250-evil\r\n250 AUTH PLAIN")
        assert isinstance(fault_of(address(relay)), RelayProtocolError)

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
        assert isinstance(fault_of(address(relay, scheme="smtps")), RelayInsecureError)

    def test_a_name_that_the_certificate_does_not_bear_is_not_trusted(self, relay: SMTPServer) -> None:
        where = RelayAddress.parse(f"smtps://127.0.0.2:{relay.port}")
        assert isinstance(fault_of(where, tls=trusting()), RelayError)


def test_a_repr_shows_neither_login_nor_reader(relay: SMTPServer) -> None:
    where = address(relay, login="desk%40news.example:secret@")
    assert "secret" not in repr(RelayConnection(where))
    assert "desk" not in repr(RelayConnection(where))
