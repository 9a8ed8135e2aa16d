"""Rate limits, their keys and their counters in the database."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.test import RequestFactory

from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.networks import client_network
from stoppress.runtime.rate_limits import RateLimit, allow_all, request_client_key

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)
LIMIT = RateLimit("test", limit=3, seconds=60)
NORMAL, FULL = 1, 2


def test_rate_limit_allows_its_limit_in_each_window():
    assert [LIMIT.allow("a", NOW) for _ in range(5)] == [True, True, True, False, False]
    assert LIMIT.allow("b", NOW)
    assert LIMIT.allow("a", NOW + timedelta(seconds=60))


def test_rate_limits_count_separately_when_their_names_differ():
    for _ in range(3):
        LIMIT.allow("a", NOW)
    assert RateLimit("other", limit=3, seconds=60).allow("a", NOW)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", "unknown"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_request_client_key_uses_the_forwarded_address_of_a_trusted_proxy_only(settings, peer, forwarded, client):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    request = RequestFactory().post("/alerts", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert request_client_key(request) == client


def test_rate_limit_still_holds_when_many_other_keys_are_counted():
    for _ in range(3):
        LIMIT.allow("a", NOW)
    for number in range(1000):
        LIMIT.allow(f"other {number}", NOW)
    assert not LIMIT.allow("a", NOW)


def test_allow_all_counts_each_limit_when_one_is_exceeded():
    narrow, wide = RateLimit("narrow", limit=1, seconds=60), RateLimit("wide", limit=3, seconds=60)
    requests = [[(narrow, key), (wide, "all")] for key in ("a", "b", "b", "c")]
    assert [allow_all(each, NOW) for each in requests] == [True, True, False, False]


def test_counters_hide_the_key_and_store_the_end_of_their_window():
    LIMIT.allow("mari@example.com", NOW + timedelta(seconds=7))
    assert "mari" not in repr(list(RateLimitCount.objects.values()))
    assert RateLimitCount.objects.get().expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("unknown", "unknown"),
    ],
)
def test_client_network_surrounds_a_client_key(client, network):
    assert client_network(client) == network


@pytest.mark.django_db(transaction=True)
def test_counting_skips_the_disk_sync_and_restores_it_afterwards():
    levels = []

    def watch(execute, sql, params, many, context):
        if "INSERT" in sql:
            levels.append(synchronous())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert LIMIT.allow("a", NOW)
    assert levels == [NORMAL] and synchronous() == FULL


@pytest.mark.django_db(transaction=True)
def test_disk_sync_is_restored_when_counting_fails():
    def break_down(execute, sql, params, many, context):
        if "INSERT" in sql:
            raise OSError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(break_down), pytest.raises(OSError, match="full"):
        LIMIT.allow("a", NOW)
    assert synchronous() == FULL


def synchronous() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])
