"""Check mail domains with a real name server on loopback."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import dns.resolver
import httpx
import pytest
from django.test import Client

from stoppress.subscribers import mail_domains
from stoppress.subscribers.mail_domains import MailDomainChecker, MailDomainStatus, parse_resolver_address
from stoppress.subscribers.models import Subscriber
from tests.fakes.name_server import NameServer
from tests.support.clocks import Seconds
from tests.support.web_server import wait_until

ZONE = {
    "mail.example": {"MX": ["10 mx.mail.example."]},
    "null.example": {"MX": ["0 ."], "A": ["192.0.2.1"]},
    "web.example": {"A": ["192.0.2.1"]},
    "new.example": {"AAAA": ["2001:db8::1"]},
    "empty.example": {"TXT": ['"nothing"']},
}


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer(ZONE) as running:
        yield running


@pytest.fixture
def checker(server: NameServer, seconds: Seconds) -> MailDomainChecker:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], parse_resolver_address(server.address)[1]
    return MailDomainChecker(resolver, seconds)


@pytest.mark.parametrize(
    ("domain", "status"),
    [
        ("mail.example", MailDomainStatus.ACCEPTS_MAIL),
        ("web.example", MailDomainStatus.ACCEPTS_MAIL),
        ("new.example", MailDomainStatus.ACCEPTS_MAIL),
        ("null.example", MailDomainStatus.REJECTS_MAIL),
        ("empty.example", MailDomainStatus.REJECTS_MAIL),
        ("no-such.example", MailDomainStatus.NOT_FOUND),
        ("x" * 64 + ".example", MailDomainStatus.UNKNOWN),
    ],
)
def test_domain_is_rejected_only_by_a_definite_answer(
    checker: MailDomainChecker, domain: str, status: MailDomainStatus
) -> None:
    assert checker.check(domain) is status


def test_answer_is_cached_until_it_expires(checker: MailDomainChecker, server: NameServer, seconds: Seconds) -> None:
    for _ in range(3):
        checker.check("mail.example")
    assert server.queries == ["mail.example MX"]
    seconds.now += MailDomainStatus.ACCEPTS_MAIL.value + 1
    checker.check("mail.example")
    assert len(server.queries) == 2


def test_domain_is_unknown_when_the_name_server_is_broken(checker: MailDomainChecker, server: NameServer) -> None:
    server.is_broken = True
    assert checker.check("no-such.example") is MailDomainStatus.UNKNOWN


def test_lookups_pause_when_the_name_server_is_silent(
    checker: MailDomainChecker, server: NameServer, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_domains, "LOOKUP_TIMEOUT_SECONDS", 0.2)
    server.is_silent = True
    assert checker.check("mail.example") is MailDomainStatus.UNKNOWN
    query_count = len(server.queries)
    assert checker.check("other.example") is MailDomainStatus.UNKNOWN
    assert len(server.queries) == query_count
    server.is_silent = False
    seconds.now += mail_domains.PAUSE_AFTER_TIMEOUT_SECONDS + MailDomainStatus.UNKNOWN.value
    assert checker.check("mail.example") is MailDomainStatus.ACCEPTS_MAIL


@pytest.mark.django_db
def test_form_explains_that_a_domain_accepts_no_mail(client: Client, server: NameServer, settings) -> None:  # type: ignore[no-untyped-def]
    settings.RESOLVER = server.address
    for domain, text in (
        ("no-such.example", "The domain no-such.example does not exist"),
        ("null.example", "accepts no mail"),
    ):
        answer = client.post("/alerts", {"email": f"mari@{domain}"})
        assert answer.status_code == 422 and text in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert client.post("/alerts", {"email": "mari@mail.example"}).status_code == 200


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("[::1]:5353", ("::1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
    ],
)
def test_resolver_address_is_parsed(text: str, address: tuple[str, int]) -> None:
    assert parse_resolver_address(text) == address


@pytest.mark.parametrize("text", ["dns.example", "127.0.0.1:0", "127.0.0.1:x", "", "127.0.0.1:99999"])
def test_resolver_address_is_refused_when_invalid(text: str) -> None:
    with pytest.raises(ValueError):
        parse_resolver_address(text)


def test_slow_name_server_does_not_delay_other_requests(serving, settings, monkeypatch, server: NameServer) -> None:  # type: ignore[no-untyped-def]
    settings.RESOLVER = server.address
    monkeypatch.setattr(mail_domains, "LOOKUP_TIMEOUT_SECONDS", 30)
    server.is_silent = True
    with ThreadPoolExecutor(1) as pool:
        form = {"email": "mari@mail.example"}
        waiting = pool.submit(httpx.post, f"{serving.url}/alerts", data=form, timeout=60)
        wait_until(lambda: server.queries)
        assert httpx.get(f"{serving.url}/alerts", timeout=60).status_code == 200
        assert not waiting.done()
        server.is_silent = False
        assert waiting.result().status_code == 200
