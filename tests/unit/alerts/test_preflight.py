"""The preflight's rules: what stops Send, what warns, what is fine."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.preflight.dns_checks import check_records, parents, tags
from stoppress.alerts.preflight.findings import Level
from stoppress.alerts.preflight.link_checks import check_links, is_own
from stoppress.alerts.preflight.message_checks import (
    Pictures,
    check_message,
    check_pictures,
    check_plain_text,
    check_size,
    check_subject,
    check_way_out,
)
from stoppress.alerts.preflight.relay_checks import check_relays
from stoppress.delivery.message.build_message import LARGEST
from stoppress.smtp import Patience, RelayAddress
from tests.factories.alert_messages import copy_of
from tests.fakes.smtp_server import SMTPServer

SITE = "https://news.test"


def test_an_ordinary_alert_passes_but_for_plain_http():
    levels = {finding.name: finding.level for finding in check_message(copy_of())}
    assert levels.pop("Leaving") is Level.WARNING  # the tests' own site is http
    assert set(levels.values()) == {Level.FINE}


def test_above_what_gmail_shows_it_is_stopped():
    assert check_size(LARGEST).level is Level.FINE
    assert check_size(LARGEST + 1).level is Level.STOP


@pytest.mark.parametrize(
    ("subject", "level"),
    [
        ("Wall holds", Level.FINE),
        ("x" * 41, Level.NOTE),
        ("WALL FAILS AT PORT HALDEN NOW", Level.WARNING),
        ("Go!!", Level.WARNING),
    ],
)
def test_a_subject_is_measured_and_must_not_shout(subject, level):
    assert check_subject(subject).level is level


def test_a_picture_without_words_stops():
    html = '<img src="a.jpg" alt="A ferry"><p><IMG src="b.jpg">'
    assert check_pictures(Pictures(html).found).level is Level.STOP
    assert check_pictures([("a.jpg", "  ")]).level is Level.STOP
    assert check_pictures([("a.jpg", "A ferry")]).level is Level.FINE


def test_a_missing_text_part_stops():
    assert check_plain_text(" ").level is Level.STOP


@pytest.mark.parametrize(
    ("header", "post", "level"),
    [
        ("<https://news.test/u/1>, <mailto:x@y>", "List-Unsubscribe=One-Click", Level.FINE),
        ("<http://news.test/u/1>", "List-Unsubscribe=One-Click", Level.WARNING),
        ("<mailto:x@y>", "List-Unsubscribe=One-Click", Level.STOP),
        ("<https://news.test/u/1>", "", Level.STOP),
    ],
)
def test_one_click_needs_both_headers_and_https(header, post, level):
    assert check_way_out(header, post).level is level


def test_own_pages_are_asked_and_foreign_ones_never():
    asked = []

    def answer(path):
        asked.append(path)
        return 410 if "gone" in path else 200

    html = f'<a href="{SITE}/live/x"></a><a href="{SITE}/alerts/manage/0.abc"></a><a href="https://evil.test/"></a>'
    findings = check_links("See https://evil.test/a and https://news.test.evil.test/b.", html, SITE, answer)
    assert asked == ["/live/x"]
    assert [finding.level for finding in findings] == [Level.FINE, Level.NOTE]
    assert "Not checked" in findings[1].says and "evil.test" in findings[1].says
    [dead, *_] = check_links(f"{SITE}/live/gone", "", SITE, answer)
    assert dead.level is Level.STOP and "/live/gone" in dead.says


@pytest.mark.parametrize(
    ("status", "level"),
    [(200, Level.FINE), (302, Level.FINE), (404, Level.STOP), (410, Level.STOP), (403, Level.WARNING),
     (503, Level.WARNING), (None, Level.NOTE)],
)  # fmt: skip
def test_only_a_page_that_is_not_there_stops_send(status, level):
    [found] = check_links(f"See {SITE}/page.", "", SITE, lambda path: status)
    assert found.level is level


@pytest.mark.parametrize(
    "address", ["https://news.test.evil", "https://news.test@evil.test/", "http://news.test/", "//news.test"]
)
def test_what_only_looks_like_ours_is_not(address):
    assert not is_own(address, SITE)


def records(**known):
    def lookup(name):
        return known.get(name.replace(".", "_").replace("-", "_"), [])

    return lookup


def levels(findings):
    return [(finding.name, finding.level) for finding in findings]


def test_published_records_are_fine():
    lookup = records(
        lists_halden_test=["v=spf1 ip4:192.0.2.1 -all"],
        k1__domainkey_halden_test=["v=DKIM1; k=rsa; p=MIIB"],
        _dmarc_halden_test=["v=DMARC1; p=reject"],
    )
    found = check_records("halden.test", "lists.halden.test", ["k1"], lookup)
    assert levels(found) == [("SPF", Level.FINE), ("DKIM", Level.FINE), ("DMARC", Level.FINE)]


def test_missing_or_careless_records_warn_and_say_what_to_publish():
    found = check_records("a.halden.test", "a.halden.test", ["k1"], records(a_halden_test=["v=spf1 +all"]))
    assert [finding.level for finding in found] == [Level.WARNING] * 3
    assert "_dmarc.a.halden.test" in found[2].do


def test_two_spf_records_are_none():
    found = check_records("h.test", "h.test", [], records(h_test=["v=spf1 -all", "v=spf1 mx -all"]))
    assert found[0].level is Level.WARNING and "2 SPF records" in found[0].says


def test_a_resolver_that_does_not_answer_is_a_note():
    found = check_records("h.test", "h.test", ["k"], lambda name: None)
    assert [finding.level for finding in found] == [Level.NOTE] * 3


def test_a_revoked_key_is_no_key():
    found = check_records("h.test", "h.test", ["k"], records(k__domainkey_h_test=["v=DKIM1; p="]))
    assert found[1].level is Level.WARNING


def test_dmarc_is_looked_for_up_to_two_labels():
    assert parents("a.b.halden.test") == ["a.b.halden.test", "b.halden.test", "halden.test"]
    assert parents("localhost") == ["localhost"]


@given(st.text())
def test_no_record_breaks_the_reading(text):
    assert isinstance(tags(text), dict)
    check_records("h.test", "h.test", ["k"], lambda name: [text])


def greeted(port):
    return asyncio.run(check_relays([RelayAddress.parse(f"smtp://127.0.0.1:{port}")]))


def test_a_relay_is_greeted_and_not_written_to():
    with SMTPServer() as server:
        [found] = greeted(server.port)
        assert found.level is Level.FINE and not server.accepted


def test_a_relay_that_is_away_warns_and_one_that_hangs_is_not_waited_for():
    with SMTPServer() as server:
        port = server.port
    assert [finding.level for finding in greeted(port)] == [Level.WARNING]
    assert [finding.level for finding in asyncio.run(check_relays([]))] == [Level.WARNING]


def test_a_silent_relay_is_not_waited_for():
    async def silent():
        held = []
        server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        [found] = await check_relays(
            [RelayAddress.parse(f"smtp://127.0.0.1:{port}")], patience=Patience(greeting=0.05, leave=0.05)
        )
        for writer in held:
            writer.close()
        server.close()
        return found

    assert asyncio.run(silent()).level is Level.WARNING
