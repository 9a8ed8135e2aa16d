"""Client keys, the networks around addresses, trusted proxies and masked mail addresses."""

from ipaddress import ip_network

import pytest

from stoppress.runtime.mail_masking import mask_mail_address, mask_mail_addresses_in
from stoppress.runtime.networks import (
    client_behind_proxy,
    client_key,
    client_network,
    internet_network,
    is_in_networks,
    is_loopback,
)


@pytest.mark.parametrize(
    ("address", "key", "network", "internet"),
    [
        ("8.8.4.5", "8.8.4.5", "8.8.4.0/24", "8.8.4.0/24"),
        ("::ffff:8.8.4.5", "8.8.4.5", "8.8.4.0/24", "8.8.4.0/24"),
        ("::ffff:0808:0405", "8.8.4.5", "8.8.4.0/24", "8.8.4.0/24"),
        ("2600:1f18:1:2:3::5", "2600:1f18:1:2::/64", "2600:1f18:1::/48", "2600:1f18:1::/48"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.0/24", ""),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48", ""),
        ("", "unknown", "unknown", ""),
        ("8.8.4.5:1234", "unknown", "unknown", ""),
        ("unix:", "unknown", "unknown", ""),
    ],
)
def test_client_key_and_networks_are_derived_from_an_address(
    address: str, key: str, network: str, internet: str
) -> None:
    assert client_key(address) == key
    assert client_network(key) == network
    assert internet_network(address) == internet


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, ", "127.0.0.1"),
        ("198.51.100.7", "127.0.0.1", "198.51.100.7"),
    ],
)
def test_client_key_uses_the_forwarded_address_of_a_trusted_proxy_only(peer: str, forwarded: str, client: str) -> None:
    assert client_behind_proxy(peer, forwarded, [ip_network("127.0.0.1")]) == client


@pytest.mark.parametrize(
    ("forwarded", "hops", "client"),
    [
        ("203.0.113.9, 198.51.100.1", 1, "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1", 2, "203.0.113.9"),
        ("192.0.2.66, 203.0.113.9, 198.51.100.1", 2, "203.0.113.9"),  # the first is the client's own claim
        ("192.0.2.66, 203.0.113.9, 198.51.100.1, 198.51.100.2", 3, "203.0.113.9"),
        ("203.0.113.9", 2, "203.0.113.9"),  # past the outer proxy
        ("203.0.113.9, 10.9.9.9", 1, "203.0.113.9"),  # the outer proxy is trusted by its network
        ("192.0.2.66, 203.0.113.9, 10.9.9.9, 10.9.9.8", 1, "203.0.113.9"),
        ("10.9.9.9", 1, "10.9.9.9"),
        ("203.0.113.9:51234", 1, "203.0.113.9"),
        ("[2001:db8::7]:443", 1, "2001:db8::7"),
        ("2001:db8::7", 1, "2001:db8::7"),
    ],
)
def test_client_behind_several_proxies_is_found_by_their_number_or_networks(forwarded, hops, client) -> None:
    trusted = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]
    assert client_behind_proxy("127.0.0.1", forwarded, trusted, hops) == client
    assert client_behind_proxy("192.0.2.1", forwarded, trusted, hops) == "192.0.2.1"


def test_is_loopback_and_is_in_networks_accept_mapped_and_invalid_addresses() -> None:
    assert is_loopback("127.8.9.1") and is_loopback("::1") and is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("10.0.0.1") and not is_loopback("localhost") and not is_loopback("")
    ten, here = ip_network("10.0.0.0/8"), ip_network("127.0.0.1")
    assert is_in_networks("10.1.2.3", [here, ten]) and is_in_networks("127.0.0.1", [here])
    assert not is_in_networks("11.1.2.3", [ten]) and not is_in_networks("x", [ten])


def test_mail_addresses_are_masked_alone_and_within_a_text() -> None:
    assert mask_mail_address("mari@example.com") == "m…@example.com"
    assert mask_mail_address("") == mask_mail_address("erased:0f3a") == "(erased)"
    text = 'to <mari@example.com>, "GET /?to=&x= jo%40example.org"'
    assert mask_mail_addresses_in(text) == 'to <m…@example.com>, "GET /?to=&x= j…@example.org"'
