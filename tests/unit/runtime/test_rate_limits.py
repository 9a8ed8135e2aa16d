"""Rate limits, their keys and their counters in the database."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from django.db import connection
from django.test import RequestFactory

from stoppress.runtime import rate_limits
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


HOUR = timedelta(hours=1)


class JumpingClock:
    """A machine: real time passes, and its clock shows real time plus an offset."""

    def __init__(self):
        self.real, self.offset = 1_000.0, timedelta(0)

    def pass_time(self, seconds):
        self.real += seconds

    @property
    def now(self):
        return NOW + timedelta(seconds=self.real - 1_000.0) + self.offset


@pytest.fixture
def machine(monkeypatch):
    made = JumpingClock()
    monkeypatch.setattr(rate_limits, "uptime_seconds", lambda: made.real)
    monkeypatch.setattr(rate_limits, "_process_counters", {})
    return made


IN_DATABASE, IN_PROCESS = "allow", "allow_in_process"


@pytest.mark.parametrize("method", [IN_DATABASE, IN_PROCESS])
@pytest.mark.parametrize("jump", [-2 * HOUR, -timedelta(seconds=45), timedelta(0), timedelta(seconds=50), 2 * HOUR])
def test_key_is_refused_for_one_window_of_real_time_at_most_when_the_clock_jumps(machine, method, jump):
    machine.pass_time(45)
    while getattr(LIMIT, method)("a", machine.now):
        pass
    machine.offset = jump
    for _ in range(61):
        machine.pass_time(1)
        if getattr(LIMIT, method)("a", machine.now):
            return
    pytest.fail("refused for more than a window")


def test_windows_that_come_again_after_a_clock_was_set_back_count_from_the_beginning(machine):
    allowed = []
    for _ in range(180):  # three windows, full in each
        machine.pass_time(1)
        allowed.append(LIMIT.allow("a", machine.now))
    assert sum(allowed) == 10  # three windows, and the first second of a fourth
    machine.offset = timedelta(seconds=-180)
    allowed = []
    for _ in range(180):
        machine.pass_time(1)
        allowed.append(LIMIT.allow("a", machine.now))
    assert sum(allowed) == 10 and all(any(allowed[n : n + 62]) for n in range(0, 118, 10))


@pytest.mark.parametrize("method", [IN_DATABASE, IN_PROCESS])
def test_leap_forward_allows_one_more_window_and_no_more(machine, method):
    assert sum(getattr(LIMIT, method)("a", machine.now) for _ in range(20)) == 3
    machine.offset = 2 * HOUR
    assert sum(getattr(LIMIT, method)("a", machine.now) for _ in range(20)) == 3


def test_clock_that_leaps_to_and_fro_allows_its_limit_for_each_reading_only(machine):
    allowed = 0
    for number in range(40):
        machine.offset = 2 * HOUR if number % 2 else timedelta(0)
        allowed += LIMIT.allow("a", machine.now)
    assert allowed == 2 * 3


def test_count_of_another_machine_or_start_goes_on(machine, monkeypatch):
    assert sum(LIMIT.allow("a", machine.now) for _ in range(2)) == 2
    monkeypatch.setattr(rate_limits, "read_boot_id", lambda: b"another start")
    machine.pass_time(1_000)
    assert sum(LIMIT.allow("a", NOW) for _ in range(20)) == 1


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
