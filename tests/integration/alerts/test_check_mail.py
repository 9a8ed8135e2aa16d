"""Checks of DNS, relay and signature, with a name server and a relay of the tests' own."""

import asyncio

import pytest

from stoppress.alerts.preflight import MailEnvironment, Severity, check_environment
from stoppress.alerts.preflight.dns_checks import check_records
from stoppress.alerts.preflight.dns_lookup import DnsLookup
from stoppress.alerts.preflight.relay_checks import check_relays
from stoppress.alerts.preflight.sending_host_checks import check_sending_addresses
from stoppress.alerts.preflight.signature_checks import check_signed_fields
from stoppress.service.cli.main import main
from stoppress.smtp import RelayAddress
from stoppress.subscribers.resolver_address import parse_resolver_address
from tests.fakes.name_server import NameServer
from tests.fakes.smtp_server import SMTPServer

ADDRESS = "198.51.100.7"
REVERSE = "7.100.51.198.in-addr.arpa"
ZONE = {
    "halden.test": {"A": [ADDRESS]},
    "lists.halden.test": {"TXT": ['"v=spf1 ip4:198.51.100.7 " "-all"']},
    "k1._domainkey.halden.test": {"TXT": ['"v=DKIM1; k=rsa; p=MIIB"']},
    "_dmarc.halden.test": {"TXT": ['"v=DMARC1; p=reject"']},
    REVERSE: {"PTR": ["mail.halden.test."]},
    "mail.halden.test": {"A": [ADDRESS]},
}


def check(zone, sender="halden.test", envelope="lists.halden.test", selectors=("k1",), prepare=None):
    with NameServer(zone) as server:
        if prepare:
            prepare(server)
        found = check_records(sender, envelope, selectors, DnsLookup(*parse_resolver_address(server.address)))
    return {finding.name: finding for finding in found}


def severities(found):
    return {name: str(finding.severity) for name, finding in found.items()}


def test_records_that_are_published_and_aligned_are_fine():
    found = check(ZONE)
    assert severities(found) == {"SPF": "fine", "DKIM": "fine", "DMARC": "fine", "Alignment": "fine"}
    assert all("Gmail, Yahoo and Microsoft accept" in finding.receivers for finding in found.values())


def test_missing_records_are_warnings_with_what_receivers_do():
    found = check({})
    assert severities(found) == {"SPF": "warning", "DKIM": "warning", "DMARC": "warning", "Alignment": "note"}
    assert "_dmarc.halden.test" in found["DMARC"].advice
    for finding in found.values():
        assert all(name in finding.receivers for name in ("Gmail", "Yahoo", "Microsoft"))


@pytest.mark.parametrize(
    ("envelope", "selectors", "tags", "severity"),
    [
        ("lists.other.test", (), "", "warning"),
        ("lists.other.test", ("k1",), "", "note"),
        ("lists.halden.test", (), "; aspf=s", "warning"),
        ("halden.test", (), "; aspf=s", "fine"),
        ("lists.halden.test", (), "", "fine"),
    ],
)
def test_return_address_must_be_aligned_with_from(envelope, selectors, tags, severity):
    zone = ZONE | {"_dmarc.halden.test": {"TXT": [f'"v=DMARC1; p=reject{tags}"']}}
    found = check(zone, envelope=envelope, selectors=selectors)["Alignment"]
    assert found.severity == severity
    if severity == "warning":
        assert "5.7.26" in found.receivers and "5.7.515" in found.receivers and "STOPPRESS_DKIM_KEYS" in found.advice


@pytest.mark.parametrize("fault", ["is_silent", "is_broken"])
def test_fault_of_the_dns_is_never_a_missing_record(fault):
    found = check(ZONE, prepare=lambda server: setattr(server, fault, True))
    assert severities(found) == {"SPF": "note", "DKIM": "note", "DMARC": "note", "Alignment": "note"}
    assert all("no resolver answered" in finding.message for finding in found.values())


def test_silent_resolver_is_queried_only_once():
    queries = []
    check(ZONE, prepare=lambda server: (setattr(server, "is_silent", True), setattr(server, "queries", queries)))
    assert len(set(queries)) == 1


@pytest.mark.parametrize(
    ("texts", "severity", "words"),
    [
        (['"v=spf1 -all"', '"v=spf1 mx -all"'], "warning", "2 SPF records"),
        (['"v=spf1 +all"'], "warning", "allows any server"),
        (['"v=spf1 ip4:192.0.2.1 ~all"'], "fine", "lists who may send"),
    ],
)
def test_spf_record_is_checked(texts, severity, words):
    found = check(ZONE | {"lists.halden.test": {"TXT": texts}})["SPF"]
    assert found.severity == severity and words in found.message


@pytest.mark.parametrize(
    ("record", "severity", "words"),
    [
        ("v=DMARC1; p=reject; t=y", "note", "marked as a test"),
        ("v=DMARC1; p=strict", "warning", "not valid"),
        ("v=DMARC1", "fine", "“none”"),
    ],
)
def test_dmarc_record_is_checked(record, severity, words):
    found = check(ZONE | {"_dmarc.halden.test": {"TXT": [f'"{record}"']}})["DMARC"]
    assert found.severity == severity and words in found.message


def test_policy_for_names_that_do_not_exist_is_used_when_from_has_no_name():
    zone = {"_dmarc.halden.test": {"TXT": ['"v=DMARC1; p=none; np=reject"']}}
    assert "“reject”" in check(zone, sender="news.halden.test")["DMARC"].message
    assert "“none”" in check(zone | {"news.halden.test": {"A": [ADDRESS]}}, sender="news.halden.test")["DMARC"].message


def test_revoked_key_is_a_warning():
    assert check(ZONE | {"k1._domainkey.halden.test": {"TXT": ['"v=DKIM1; p="']}})["DKIM"].severity == "warning"


@pytest.mark.parametrize(
    ("zone", "severity", "words"),
    [
        (ZONE, "fine", "mail.halden.test"),
        ({}, "warning", "has no name"),
        (ZONE | {"mail.halden.test": {"A": ["198.51.100.8"]}}, "warning", "does not lead back"),
        (ZONE | {REVERSE: {"PTR": ["gone.test.", "mail.halden.test."]}}, "fine", "mail.halden.test"),
    ],
)
def test_name_of_the_sending_address_must_lead_back_to_it(zone, severity, words):
    with NameServer(zone) as server:
        lookup = DnsLookup(*parse_resolver_address(server.address))
        [found] = check_sending_addresses([], [ADDRESS], lookup)
    assert found.severity == severity and words in found.message
    assert severity == "fine" or "5.7.25" in found.receivers


def test_sending_address_of_another_host_is_a_note():
    with NameServer(ZONE) as server:
        lookup = DnsLookup(*parse_resolver_address(server.address))
        [found] = check_sending_addresses([RelayAddress.parse("smtp://relay.test")], [], lookup)
    assert found.severity is Severity.NOTE and not server.queries


@pytest.mark.parametrize(
    ("names", "severity"),
    [
        ("from:list-unsubscribe:list-unsubscribe-post", "fine"),
        ("From:List-Unsubscribe:\r\n List-Unsubscribe-Post", "fine"),
        ("from:list-unsubscribe", "warning"),
        ("from:subject", "warning"),
        ("", "note"),
    ],
)
def test_signature_must_cover_the_one_click_fields(names, severity):
    signature = f"DKIM-Signature: v=1; d=h.test;\r\n h={names};\r\n b=x\r\n" if names else ""
    assert check_signed_fields("n", f"{signature}From: a@h.test\r\n\r\n".encode()).severity == severity


def test_relay_elsewhere_without_tls_is_a_warning(monkeypatch):
    monkeypatch.setattr(RelayAddress, "is_local", False)
    with SMTPServer() as server:
        found = asyncio.run(check_relays([RelayAddress.parse(f"smtp://127.0.0.1:{server.port}")]))
    assert [(each.name, str(each.severity)) for each in found] == [("Relay", "fine"), ("TLS", "warning")]
    assert "4.7.29" in found[1].receivers


def test_relay_without_the_required_tls_is_a_warning():
    with SMTPServer() as server:
        address = RelayAddress.parse(f"smtp://127.0.0.1:{server.port}?starttls=required")
        [found] = asyncio.run(check_relays([address]))
    assert (found.name, found.severity) == ("TLS", Severity.WARNING) and "STARTTLS" in found.message


def test_environment_check_is_complete(settings):
    with NameServer(ZONE) as server:
        found = check_environment(MailEnvironment(selectors=["k1"], resolver=server.address, addresses=[ADDRESS]))
    names = {"Relay", "SPF", "DKIM", "DMARC", "Alignment", "Reverse DNS", "One-click unsubscribe"}
    assert {finding.name for finding in found} == names


def test_command_prints_each_finding_and_fails_on_a_warning(settings, capsys):
    with NameServer(ZONE) as server:
        settings.RESOLVER = server.address
        assert main(["check", "mail", "--address", ADDRESS]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("WARNING") and "Gmail, Yahoo and Microsoft accept such mail." in printed
    assert f"{ADDRESS} is mail.halden.test, and mail.halden.test is {ADDRESS}." in printed
    assert main(["check", "mail", "--address", "nowhere"]) == 2
