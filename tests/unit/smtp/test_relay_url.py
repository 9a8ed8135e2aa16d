"""The relay's URL: valid and invalid forms, and that logins are never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.smtp.relay_url import RelayAddress, Security, parse_relays


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mx.example", RelayAddress("mx.example", 25)),
        ("smtp://mx.example:2525/", RelayAddress("mx.example", 2525)),
        ("smtps://mx.example", RelayAddress("mx.example", 465, Security.IMPLICIT)),
        ("smtp://u:p@mx.example", RelayAddress("mx.example", 587, Security.REQUIRED, True, "u", "p")),
        ("smtp://u:p@mx.example?starttls=auto", RelayAddress("mx.example", 587, Security.REQUIRED, True, "u", "p")),
        ("smtp://u:p@localhost:25", RelayAddress("localhost", 25, Security.AUTO, False, "u", "p")),
        ("smtp://[::1]:2525", RelayAddress("::1", 2525, Security.AUTO, False)),
        ("smtp://127.0.0.1?starttls=required", RelayAddress("127.0.0.1", 25, Security.REQUIRED)),
        ("smtp://mx.example?starttls=never", RelayAddress("mx.example", 25, Security.NEVER)),
        ("smtp://mx.example?verify=no&connections=20", RelayAddress("mx.example", verify=False, connections=20)),
        ("smtp://mx.example?name=news.example", RelayAddress("mx.example", name="news.example")),
        (
            "smtps://desk%40news.example:p%3A%2F%40%C3%A4@mx.example:466",
            RelayAddress("mx.example", 466, Security.IMPLICIT, True, "desk@news.example", "p:/@ä"),
        ),
    ],
)
def test_parse_returns_relay_for_valid_url(url: str, expected: RelayAddress) -> None:
    assert RelayAddress.parse(url) == expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "begins with smtp"),
        ("mx.example:25", "begins with smtp"),
        ("http://mx.example", "begins with smtp"),
        ("smtp://", "needs a host"),
        ("smtp://:25", "needs a host"),
        ("smtp://mx.example:0", "1 to 65535"),
        ("smtp://mx.example:70000", "1 to 65535"),
        ("smtp://mx.example:smtp", "1 to 65535"),
        ("smtp://mx.example/inbox", "ends after the port"),
        ("smtp://mx.example#top", "ends after the port"),
        ("smtp://user@mx.example", "both user and password"),
        ("smtp://:secret@mx.example", "both user and password"),
        ("smtp://u:se%00cret@mx.example", "NUL"),
        ("smtp://mx.example?tls=yes", "has no option 'tls'"),
        ("smtp://mx.example?starttls", "name=value"),
        ("smtp://mx.example?starttls=maybe", "required, auto or never"),
        ("smtp://mx.example?verify=no&verify=yes", "given once"),
        ("smtps://mx.example?starttls=required", "first byte"),
        ("smtp://u:secret@mx.example?starttls=never", "in the clear"),
        ("smtp://mx.example?verify=false", "yes or no"),
        ("smtp://mx.example?connections=0", "1 to 1000"),
        ("smtp://mx.example?connections=many", "1 to 1000"),
        ("smtp://mx.example?name=a%0D%0AMAIL", "printable ASCII"),
    ],
)
def test_parse_raises_without_the_password_for_invalid_url(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        RelayAddress.parse(url)
    assert "secret" not in str(caught.value)


def test_repr_and_str_show_no_login() -> None:
    relay = RelayAddress.parse("smtp://desk%40news.example:hunter2@mx.example")
    for shown in (repr(relay), str(relay), f"{relay}"):
        assert "hunter2" not in shown
        assert "desk" not in shown
    assert str(relay) == "smtp://mx.example:587"
    assert str(RelayAddress("::1", 465, Security.IMPLICIT)) == "smtps://[::1]:465"


@given(st.text())
def test_parse_raises_only_value_error_for_any_text(text: str) -> None:
    for url in (text, f"smtp://{text}", f"smtp://mx.example?{text}"):
        try:
            RelayAddress.parse(url)
        except ValueError:
            continue


class TestParseRelays:
    def test_relays_are_parsed_from_one_setting(self) -> None:
        relays = parse_relays("smtp://a.example smtps://b.example,smtp://c.example:26?connections=9")
        assert [(relay.host, relay.port, relay.connections) for relay in relays] == [
            ("a.example", 25, 4),
            ("b.example", 465, 4),
            ("c.example", 26, 9),
        ]
        assert parse_relays(" ") == []
        assert [relay.password for relay in parse_relays("smtp://u:a,b@c.example,smtp://d.example,")] == ["a,b", ""]

    @pytest.mark.parametrize("setting", ["smtp://a.example smtp://a.example:25", "smtp://a.example, b.example"])
    def test_parse_relays_raises_for_duplicate_or_incomplete_url(self, setting: str) -> None:
        with pytest.raises(ValueError, match="relay"):
            parse_relays(setting)


@pytest.mark.parametrize("number", [1, 1000])
def test_connections_may_be_one_or_a_thousand(number: int) -> None:
    assert RelayAddress.parse(f"smtp://mx.example?connections={number}").connections == number


@pytest.mark.parametrize("number", ["0", "1001", "10000000", "-1", "+5", "٣"])
def test_parse_refuses_connections_outside_one_to_a_thousand(number: str) -> None:
    with pytest.raises(ValueError, match="from 1 to 1000"):
        RelayAddress.parse(f"smtp://mx.example?connections={number}")
