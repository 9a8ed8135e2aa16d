"""The client against a real server on a real socket: broken connections, relay errors, logins and TLS."""

import asyncio
from collections.abc import Iterator

import pytest

from stoppress.smtp import (
    Accepted,
    CommandSequenceError,
    Deferred,
    NotSent,
    Outcome,
    Refused,
    RelayAddress,
    RelayConnection,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    RelayProtocolError,
    RelayUnavailableError,
    SenderRefusedError,
    Step,
    Timeouts,
    Uncertain,
)
from tests.fakes.smtp_server import SMTPServer
from tests.support.relay_sessions import (
    BOUNCE_ADDRESS,
    CERTIFICATE,
    HUGE,
    KEY,
    MESSAGE,
    RECIPIENT,
    catch_relay_fault,
    deliver_to_relay,
    relay_address,
    send_to_each,
    trusting_tls_context,
)


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


class TestBrokenConnections:
    def test_message_is_uncertain_when_the_connection_drops_after_the_final_dot(self, relay: SMTPServer) -> None:
        relay.drop_after_dot()
        outcomes = deliver_to_relay(relay, RECIPIENT, "next@example.org")
        assert [type(outcome) for outcome in outcomes] == [Uncertain, NotSent]
        assert len(relay.accepted) == 1

    def test_message_is_not_sent_when_the_connection_drops_before_the_final_dot(self, relay: SMTPServer) -> None:
        relay.omit_extensions("SIZE")
        relay.drop_before_dot()
        assert [type(outcome) for outcome in deliver_to_relay(relay, message=HUGE)] == [NotSent]
        assert relay.accepted == []

    def test_message_is_refused_when_the_relay_refuses_before_the_final_dot(self, relay: SMTPServer) -> None:
        relay.omit_extensions("SIZE")
        relay.refuse_before_dot()
        assert deliver_to_relay(relay, message=HUGE) == [Refused(552, "5.3.4", "too much already", Step.FINAL_DOT)]

    def test_message_is_uncertain_when_the_relay_is_silent_after_the_final_dot(self, relay: SMTPServer) -> None:
        relay.hang_after_dot()
        assert [type(outcome) for outcome in deliver_to_relay(relay, timeouts=Timeouts(final_reply=0.05))] == [
            Uncertain
        ]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("pipelining", [True, False])
    def test_messages_are_not_sent_when_421_comes_before_the_final_dot(
        self, relay: SMTPServer, verb: str, pipelining: bool
    ) -> None:
        if not pipelining:
            relay.omit_extensions("PIPELINING")
        relay.set_reply(verb, "421 4.3.2 closing")
        first, second = deliver_to_relay(relay, RECIPIENT, "next@example.org")
        assert isinstance(first, NotSent) and isinstance(first.error, RelayUnavailableError) and first.error.code == 421
        assert isinstance(second, NotSent)

    def test_message_is_deferred_when_421_follows_the_final_dot(self, relay: SMTPServer) -> None:
        relay.set_reply(".", "421 4.3.2 closing")
        first, second = deliver_to_relay(relay, RECIPIENT, "next@example.org")
        assert first == Deferred(421, "4.3.2", "closing", Step.FINAL_DOT)
        assert isinstance(second, NotSent)

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    def test_message_is_not_sent_when_a_reply_before_the_final_dot_is_invalid(
        self, relay: SMTPServer, verb: str
    ) -> None:
        relay.reply_with_garbage_to(verb)
        (outcome,) = deliver_to_relay(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.error, RelayProtocolError)

    def test_message_is_uncertain_when_the_final_reply_is_invalid(self, relay: SMTPServer) -> None:
        relay.set_reply(".", "excellent!")
        assert [type(outcome) for outcome in deliver_to_relay(relay)] == [Uncertain]

    def test_connection_can_be_reopened_when_it_broke(self, relay: SMTPServer) -> None:
        async def run_client() -> list[Outcome]:
            connection = RelayConnection(relay_address(relay))
            unconnected = await connection.send(BOUNCE_ADDRESS, RECIPIENT, MESSAGE)
            await connection.connect()
            relay.drop_after_dot()
            broken = await connection.send(BOUNCE_ADDRESS, RECIPIENT, MESSAGE)
            relay.at_dot = ""
            await connection.connect()
            whole = await connection.send(BOUNCE_ADDRESS, RECIPIENT, MESSAGE)
            await connection.close()
            return [unconnected, broken, whole]

        assert [type(outcome) for outcome in asyncio.run(run_client())] == [NotSent, Uncertain, Accepted]

    def test_connection_is_closed_when_a_send_is_cancelled(self, relay: SMTPServer) -> None:
        async def run_client() -> Outcome:
            connection = RelayConnection(relay_address(relay))
            await connection.connect()
            relay.hang_after_dot()
            sending = asyncio.create_task(connection.send(BOUNCE_ADDRESS, RECIPIENT, MESSAGE))
            while not relay.accepted:
                await asyncio.sleep(0.001)
            with pytest.raises(CommandSequenceError):
                await connection.send(BOUNCE_ADDRESS, RECIPIENT, MESSAGE)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            return await connection.send(BOUNCE_ADDRESS, RECIPIENT, MESSAGE)

        assert isinstance(asyncio.run(run_client()), NotSent)


class TestRelayErrors:
    def test_connect_fails_when_no_server_listens(self) -> None:
        with SMTPServer() as relay:
            address = relay_address(relay)
        assert isinstance(catch_relay_fault(address), RelayUnavailableError)

    @pytest.mark.parametrize("code", [421, 450, 554])
    def test_connect_fails_when_the_greeting_is_negative(self, relay: SMTPServer, code: int) -> None:
        relay.greet_with(code)
        error = catch_relay_fault(relay_address(relay))
        assert isinstance(error, RelayUnavailableError)
        assert error.code == code

    def test_connect_fails_when_the_server_is_not_smtp(self, relay: SMTPServer) -> None:
        relay.greeting = "SSH-2.0-OpenSSH_9.2"
        assert isinstance(catch_relay_fault(relay_address(relay)), RelayProtocolError)

    def test_connect_fails_when_421_follows_the_greeting(self, relay: SMTPServer) -> None:
        relay.greeting = "220 hello\r\n421 4.3.2 and goodbye"
        assert isinstance(catch_relay_fault(relay_address(relay)), RelayUnavailableError)

    def test_connect_fails_when_no_greeting_comes_in_time(self, relay: SMTPServer) -> None:
        relay.delay_replies(30)
        assert isinstance(
            catch_relay_fault(relay_address(relay), timeouts=Timeouts(greeting=0.05)), RelayUnavailableError
        )

    def test_message_is_not_sent_when_the_relay_refuses_the_sender(self, relay: SMTPServer) -> None:
        relay.set_reply("MAIL", "550 5.7.1 not as bounce+1@news.example")
        (outcome,) = deliver_to_relay(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.error, SenderRefusedError)
        assert "bounce" not in repr(outcome)


class TestLogins:
    @pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"])
    def test_message_is_accepted_after_login(self, relay: SMTPServer, mechanisms: str) -> None:
        relay.require_login("desk@news.example", "pässword", mechanisms)
        address = relay_address(relay, login="desk%40news.example:p%C3%A4ssword@")
        assert asyncio.run(send_to_each(address, RECIPIENT)) == [Accepted(250, "queued")]

    @pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_connect_fails_when_the_password_is_wrong(self, relay: SMTPServer, mechanisms: str) -> None:
        relay.require_login("desk", "right", mechanisms)
        assert isinstance(catch_relay_fault(relay_address(relay, login="desk:wrong@")), RelayLoginError)

    def test_message_is_not_sent_when_a_required_login_is_missing(self, relay: SMTPServer) -> None:
        relay.require_login("desk", "right")
        (outcome,) = deliver_to_relay(relay)
        assert isinstance(outcome, NotSent) and isinstance(outcome.error, RelayLoginError)


class TestTLS:
    def test_client_uses_starttls_when_it_is_offered(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        assert deliver_to_relay(relay) == [Accepted(250, "queued")]
        assert [line.split()[0] for line in relay.commands][:3] == ["EHLO", "STARTTLS", "EHLO"]

    def test_message_is_accepted_when_the_certificate_is_trusted(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        address = relay_address(relay, "?starttls=required")
        assert asyncio.run(send_to_each(address, RECIPIENT, tls=trusting_tls_context())) == [Accepted(250, "queued")]

    def test_huge_message_arrives_through_tls(self, relay: SMTPServer) -> None:
        relay.omit_extensions("SIZE")
        relay.offer_starttls(CERTIFICATE, KEY)
        assert deliver_to_relay(relay, message=HUGE) == [Accepted(250, "queued")]
        assert relay.accepted[0].data == HUGE

    def test_connect_fails_when_the_certificate_is_self_signed(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        error = catch_relay_fault(relay_address(relay, "?starttls=required"))
        assert isinstance(error, RelayInsecureError)
        assert "self-signed" in str(error) or "self signed" in str(error)

    def test_self_signed_certificate_is_accepted_when_verify_is_off(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        address = relay_address(relay, "?starttls=required&verify=no")
        assert asyncio.run(send_to_each(address, RECIPIENT)) == [Accepted(250, "queued")]

    def test_connect_fails_when_required_starttls_is_not_offered(self, relay: SMTPServer) -> None:
        assert isinstance(catch_relay_fault(relay_address(relay, "?starttls=required")), RelayInsecureError)

    def test_connect_fails_when_starttls_is_offered_and_refused(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.set_reply("STARTTLS", "454 4.7.0 out of order")
        assert isinstance(catch_relay_fault(relay_address(relay)), RelayInsecureError)

    def test_connect_fails_when_plain_text_follows_starttls(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.set_reply("STARTTLS", "220 go ahead\r\n250-evil\r\n250 AUTH PLAIN")
        assert isinstance(catch_relay_fault(relay_address(relay)), RelayProtocolError)

    def test_client_does_not_use_starttls_when_it_is_switched_off(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        assert asyncio.run(send_to_each(relay_address(relay, "?starttls=never"), RECIPIENT)) == [
            Accepted(250, "queued")
        ]
        assert "STARTTLS" not in relay.commands

    def test_message_is_uncertain_when_a_tls_connection_drops_after_the_final_dot(self, relay: SMTPServer) -> None:
        relay.offer_starttls(CERTIFICATE, KEY)
        relay.drop_after_dot()
        assert [type(outcome) for outcome in deliver_to_relay(relay)] == [Uncertain]


class TestImplicitTLS:
    @pytest.fixture
    def relay(self) -> Iterator[SMTPServer]:
        server = SMTPServer()
        server.speak_tls(CERTIFICATE, KEY)
        with server:
            yield server

    def test_smtps_uses_tls_from_the_first_byte(self, relay: SMTPServer) -> None:
        assert asyncio.run(
            send_to_each(relay_address(relay, scheme="smtps"), RECIPIENT, tls=trusting_tls_context())
        ) == [Accepted(250, "queued")]

    def test_smtps_fails_when_the_certificate_is_not_trusted(self, relay: SMTPServer) -> None:
        assert isinstance(catch_relay_fault(relay_address(relay, scheme="smtps")), RelayInsecureError)

    def test_smtps_fails_when_the_host_name_is_not_in_the_certificate(self, relay: SMTPServer) -> None:
        address = RelayAddress.parse(f"smtps://127.0.0.2:{relay.port}")
        assert isinstance(catch_relay_fault(address, tls=trusting_tls_context()), RelayError)


def test_repr_of_connection_shows_no_login(relay: SMTPServer) -> None:
    address = relay_address(relay, login="desk%40news.example:secret@")
    assert "secret" not in repr(RelayConnection(address))
    assert "desk" not in repr(RelayConnection(address))
