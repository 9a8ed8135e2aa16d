"""Brakes, and whom they are put on."""

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
BRAKE = RateLimit("test", limit=3, seconds=60)
NORMAL, FULL = 1, 2


def test_so_many_and_no_more_until_the_window_is_over():
    assert [BRAKE.allow("a", NOW) for _ in range(5)] == [True, True, True, False, False]
    assert BRAKE.allow("b", NOW)
    assert BRAKE.allow("a", NOW + timedelta(seconds=60))


def test_brakes_do_not_share_their_counts():
    for _ in range(3):
        BRAKE.allow("a", NOW)
    assert RateLimit("other", limit=3, seconds=60).allow("a", NOW)


@pytest.mark.parametrize(
    ("peer", "told", "client"),
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
def test_only_a_trusted_proxy_may_speak_for_somebody_else(settings, peer, told, client):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    request = RequestFactory().post("/alerts", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=told)
    assert request_client_key(request) == client


def test_many_other_names_do_not_release_a_brake():
    for _ in range(3):
        BRAKE.allow("a", NOW)
    for number in range(1000):
        BRAKE.allow(f"other {number}", NOW)
    assert not BRAKE.allow("a", NOW)


def test_several_brakes_are_put_on_at_once_and_each_counts():
    narrow, wide = RateLimit("narrow", limit=1, seconds=60), RateLimit("wide", limit=3, seconds=60)
    asked = [[(narrow, key), (wide, "all")] for key in ("a", "b", "b", "c")]
    assert [allow_all(each, NOW) for each in asked] == [True, True, False, False]


def test_nobody_can_be_read_from_the_counts_and_they_say_when_they_are_over():
    BRAKE.allow("mari@example.com", NOW + timedelta(seconds=7))
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
def test_around_a_client_is_its_network(client, network):
    assert client_network(client) == network


@pytest.mark.django_db(transaction=True)
def test_a_count_does_not_wait_for_the_disk_but_everything_after_it_does():
    found = []

    def watch(execute, sql, params, many, context):
        if "INSERT" in sql:
            found.append(synchronous())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert BRAKE.allow("a", NOW)
    assert found == [NORMAL] and synchronous() == FULL


@pytest.mark.django_db(transaction=True)
def test_everything_waits_for_the_disk_after_a_count_that_failed():
    def break_down(execute, sql, params, many, context):
        if "INSERT" in sql:
            raise OSError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(break_down), pytest.raises(OSError, match="full"):
        BRAKE.allow("a", NOW)
    assert synchronous() == FULL


def synchronous() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])
