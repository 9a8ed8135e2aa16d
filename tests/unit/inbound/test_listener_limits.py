"""Limits of the listener for each network."""

from stoppress.inbound.receive.listener_limits import (
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_NETWORK,
    MAX_MESSAGES_PER_MINUTE,
    MAX_REFUSALS_PER_MINUTE,
    ConnectionLimiter,
)
from stoppress.runtime.networks import internet_network

NETWORK, OTHER_NETWORK = "8.8.8.0/24", "9.9.9.0/24"


def test_internet_network_is_empty_for_private_addresses():
    assert internet_network("203.0.113.9") == "" and internet_network("nonsense") == "" and internet_network("") == ""
    assert internet_network("127.0.0.1") == internet_network("10.1.2.3") == internet_network("fe80::1%eth0") == ""
    assert internet_network("::ffff:8.8.8.8") == internet_network("8.8.8.9") == NETWORK
    assert internet_network("2600:1f18:1::5") == "2600:1f18:1::/48"


def test_limiter_refuses_connection_when_network_or_total_limit_is_reached():
    limiter = ConnectionLimiter()
    of_network = [limiter.open_connection(NETWORK, 0) for _ in range(MAX_CONNECTIONS_PER_NETWORK + 1)]
    assert of_network == [True] * MAX_CONNECTIONS_PER_NETWORK + [False]
    exempt = [limiter.open_connection("", 0) for _ in range(MAX_CONNECTIONS - MAX_CONNECTIONS_PER_NETWORK + 1)]
    assert exempt[-2:] == [True, False]
    limiter.close_connection(NETWORK, 0, 0)
    assert limiter.open_connection(NETWORK, 0) and not limiter.open_connection("", 0)


def test_limiter_limits_messages_per_minute():
    limiter = ConnectionLimiter()
    assert all(limiter.allow_message(NETWORK, 0) for _ in range(MAX_MESSAGES_PER_MINUTE))
    assert not limiter.allow_message(NETWORK, 59)
    assert limiter.allow_message("", 59)
    assert limiter.allow_message(NETWORK, 60)


def test_limiter_refuses_connection_for_a_minute_after_too_many_refusals():
    limiter = ConnectionLimiter()
    assert limiter.open_connection(OTHER_NETWORK, 61)
    limiter.close_connection(OTHER_NETWORK, MAX_REFUSALS_PER_MINUTE, 61)
    assert not limiter.open_connection(OTHER_NETWORK, 62)
    assert limiter.open_connection(OTHER_NETWORK, 125)
