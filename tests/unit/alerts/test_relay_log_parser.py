"""Search the logs of relays for messages by their Message-ID."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.receipts.relay_log_parser import RelayLogResult, RelayLogState, search_relay_log

ONE, TWO = "<6b0e8b4e.15@lists.example>", "<6b0e8b4e.16@lists.example>"
TOP = "Mar  8 20:04:01 mx postfix"

SENT = f"""\
{TOP}/smtpd[11]: 4F1A2B3C4D: client=news.example[192.0.2.7]
{TOP}/cleanup[12]: 4F1A2B3C4D: message-id={ONE}
{TOP}/qmgr[3]: 4F1A2B3C4D: from=<bounce+1@lists.example>, size=6700, nrcpt=1 (queue active)
{TOP}/smtp[13]: 4F1A2B3C4D: to=<mari@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1.2, \
delays=0/0/0.4/0.8, dsn=2.0.0, status=sent (250 2.0.0 OK <mari@example.org> 17)
{TOP}/qmgr[3]: 4F1A2B3C4D: removed
"""
LINE = st.sampled_from(SENT.splitlines()) | st.text()


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


class TestPostfix:
    def test_forwarded_message_is_delivered_and_no_address_is_returned(self) -> None:
        assert search_relay_log(lines(SENT), [ONE, TWO]) == {
            ONE: RelayLogResult(RelayLogState.DELIVERED, "250 2.0.0 OK <…@example.org> 17")
        }

    def test_message_id_is_found_without_angle_brackets(self) -> None:
        assert list(search_relay_log(lines(SENT), [ONE.strip("<>")])) == [ONE.strip("<>")]

    def test_accepted_message_is_queued(self) -> None:
        assert search_relay_log(lines(SENT)[:3], [ONE]) == {ONE: RelayLogResult(RelayLogState.QUEUED)}

    def test_message_is_only_started_when_its_data_broke_off(self) -> None:
        lost = f"{TOP}/smtpd[11]: lost connection after DATA (40088 bytes) from news.example[192.0.2.7]\n"
        assert search_relay_log([*lines(SENT)[:2], lost], [ONE]) == {
            ONE: RelayLogResult(RelayLogState.STARTED, copies=0)
        }
        assert search_relay_log([*lines(SENT)[:2], lost, *lines(SENT.replace("4F1A", "4F1B"))], [ONE])[ONE].copies == 1

    def test_deferred_message_is_bounced_when_given_up(self) -> None:
        words = "(host mx.example.org[192.0.2.1] said: 450 4.2.1 grey (in reply to RCPT TO command))"
        deferred = f"{TOP}/smtp[13]: 4F1A2B3C4D: to=<m@example.org>, relay=none, dsn=4.2.1, status=deferred {words}"
        expired = f"{TOP}/qmgr[3]: 4F1A2B3C4D: from=<b@lists.example>, status=expired, returned to sender"
        begun = lines(SENT)[:3]
        assert search_relay_log([*begun, deferred], [ONE])[ONE].state is RelayLogState.DEFERRED
        assert search_relay_log([*begun, deferred, expired], [ONE])[ONE] == RelayLogResult(
            RelayLogState.BOUNCED, "returned to sender"
        )

    def test_reused_queue_id_is_another_message(self) -> None:
        again = SENT.replace(ONE, TWO).replace("status=sent (250", "status=bounced (550")
        results = search_relay_log(lines(SENT + again), [ONE, TWO])
        assert (results[ONE].state, results[TWO].state) == (RelayLogState.DELIVERED, RelayLogState.BOUNCED)

    def test_two_accepted_copies_are_counted(self) -> None:
        assert search_relay_log(lines(SENT + SENT.replace("4F1A2B3C4D", "4F1A2B3C5E")), [ONE])[ONE].copies == 2

    def test_delivery_to_a_local_filter_is_not_delivered(self) -> None:
        inward = SENT.replace("relay=mx.example.org[192.0.2.1]:25", "relay=127.0.0.1[127.0.0.1]:10024")
        assert search_relay_log(lines(inward), [ONE])[ONE].state is RelayLogState.QUEUED
        result = search_relay_log(lines(inward + SENT.replace("4F1A2B3C4D", "4F1A2B3C5E")), [ONE])[ONE]
        assert (result.state, result.copies) == (RelayLogState.DELIVERED, 1)

    def test_delivery_to_a_local_mailbox_is_delivered(self) -> None:
        local = SENT.replace("relay=mx.example.org[192.0.2.1]:25", "relay=local").replace("/smtp[", "/local[")
        assert search_relay_log(lines(local), [ONE])[ONE].state is RelayLogState.DELIVERED


class TestExim:
    LOG = """\
2026-03-08 20:04:01 1vXyZa-00000000001-AbCd <= bounce+1@lists.example H=news.example [192.0.2.7] P=esmtp S=6700 id=6b0e8b4e.15@lists.example
2026-03-08 20:04:02 1vXyZa-00000000001-AbCd => mari@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] C="250 ok"
2026-03-08 20:04:02 1vXyZa-00000000001-AbCd Completed
2026-03-08 20:05:01 1tXyZb-0001xy-2Z <= bounce+2@lists.example H=news.example [192.0.2.7] P=esmtp id=6b0e8b4e.16@lists.example
2026-03-08 20:05:02 1tXyZb-0001xy-2Z ** gone@example.org R=dnslookup T=remote_smtp: SMTP error from remote mail server: 550 5.1.1 who?
"""  # noqa: E501

    def test_delivered_and_bounced_messages_are_found(self) -> None:
        assert search_relay_log(lines(self.LOG), [ONE, TWO]) == {
            ONE: RelayLogResult(RelayLogState.DELIVERED, "250 ok"),
            TWO: RelayLogResult(RelayLogState.BOUNCED, "SMTP error from remote mail server: 550 5.1.1 who?"),
        }

    def test_deferred_message_is_found(self) -> None:
        log = self.LOG.replace(" ** ", " == ")
        assert search_relay_log(lines(log), [TWO])[TWO].state is RelayLogState.DEFERRED


class TestOpenSMTPD:
    SENDER = "bounce+1.abc@lists.example"
    LOG = f"""\
Mar  8 20:04:01 mail smtpd[75295]: 5df87c9c42abeddb smtp message msgid=f6e94209 size=802 nrcpt=1 proto=ESMTP
Mar  8 20:04:01 mail smtpd[75295]: 5df87c9c42abeddb smtp envelope evpid=f6e94209918f7e7b from=<{SENDER}> to=<mari@example.org>
Mar  8 20:04:02 mail smtpd[75295]: 5df87c9b982c840c mta delivery evpid=f6e94209918f7e7b from=<{SENDER}> to=<mari@example.org> rcpt=<-> source="192.0.2.7" relay="192.0.2.1 (mx.example.org)" delay=1s result="Ok" stat="250 2.0.0 taken"
"""  # noqa: E501

    def state(self, log: str) -> RelayLogResult | None:
        return search_relay_log(lines(log), [ONE], {self.SENDER: ONE}).get(ONE)

    def test_message_is_found_by_its_envelope_sender(self) -> None:
        assert self.state(self.LOG) == RelayLogResult(RelayLogState.DELIVERED, "250 2.0.0 taken")
        assert self.state("".join(lines(self.LOG)[:2])) == RelayLogResult(RelayLogState.QUEUED)
        assert self.state(self.LOG.replace("bounce+1", "bounce+2")) is None

    def test_deferred_and_bounced_messages_are_found(self) -> None:
        assert self.state(self.LOG.replace('"Ok"', '"TempFail"')).state is RelayLogState.DEFERRED
        assert self.state(self.LOG.replace('"Ok"', '"PermFail"')).state is RelayLogState.BOUNCED

    def test_delivery_to_a_local_filter_is_not_delivered(self) -> None:
        inward = self.LOG.replace("192.0.2.1 (mx.example.org)", "127.0.0.1 (localhost)")
        assert self.state(inward).state is RelayLogState.QUEUED
        back = self.LOG.replace("f6e94209918f7e7b", "3d4c4a424797fe79")
        assert self.state(inward + back) == RelayLogResult(RelayLogState.DELIVERED, "250 2.0.0 taken")


@given(st.lists(LINE))
def test_search_never_raises_and_invents_no_result(log: list[str]) -> None:
    taken = [n for n, line in enumerate(log) if f"message-id={ONE}" in line]
    results = search_relay_log(log, [ONE])
    assert (ONE in results) == bool(taken)
    if ONE in results and results[ONE].state is RelayLogState.DELIVERED:
        assert any("status=sent" in line for line in log[taken[0] :])


def test_search_reads_the_log_as_a_stream() -> None:
    seen = 0

    def log() -> Iterator[str]:
        nonlocal seen
        for number in range(20_000):
            seen += 1
            yield f"{TOP}/cleanup[12]: {number:010X}: message-id=<{number}@other.example>\n"
        yield from lines(SENT)

    assert search_relay_log(log(), [ONE])[ONE].state is RelayLogState.DELIVERED
    assert seen == 20_000
