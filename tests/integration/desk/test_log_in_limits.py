"""Limits of failed log-ins: the key is the compared name, only failures count, and strangers lock no editor out."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from stoppress.desk.access.log_in_limits import TooManyFailuresError, limited_attempt
from stoppress.desk.access.people import create_user
from stoppress.desk.models import AuditEntry
from stoppress.runtime.models import RateLimitCount

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-9"
NOW = datetime(2026, 3, 8, 12, 0, 1, tzinfo=UTC)
EDITOR, STRANGER = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def lena():
    return create_user("lena", PASSWORD, "editor")


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep all attempts of a test within one window."""
    monkeypatch.setattr("stoppress.desk.access.account_adapter.utc_now", lambda: NOW)


def attempt(name: str, password: str, client: str = EDITOR) -> int:
    form = {"username": name, "password": password}
    return Client().post("/desk/log-in", form, REMOTE_ADDR=client).status_code


def fail(name: str, client: str, now: datetime = NOW) -> None:
    with limited_attempt(name, client, "wrong", now=now):
        pass


def test_right_password_logs_in_after_strangers_failed_with_the_name() -> None:
    for number in range(40):
        assert attempt("lena", "guess", f"203.0.{number}.9") in (200, 429)
    assert attempt("lena", PASSWORD) == 302


def test_eleventh_attempt_from_one_network_is_refused_whatever_the_password() -> None:
    assert {attempt("lena", "guess", f"203.0.113.{number}") for number in range(10)} == {200}
    assert attempt("lena", PASSWORD, "203.0.113.99") == 429
    assert attempt("lena", PASSWORD, EDITOR) == 302


def test_refusal_names_the_seconds_to_wait() -> None:
    for _ in range(10):
        attempt("lena", "guess")
    answer = Client().post("/desk/log-in", {"username": "lena", "password": PASSWORD}, REMOTE_ADDR=EDITOR)
    assert answer.status_code == 429 and 1 <= int(answer["Retry-After"]) <= 600


@pytest.mark.parametrize("spelling", ["Lena", "LENA", "ｌｅｎａ", " lena ", "ℓena", "ᴸena"])
def test_other_spellings_of_a_name_share_its_limit(spelling: str) -> None:
    for _ in range(10):
        attempt("lena", "guess", STRANGER)
    assert attempt(spelling, PASSWORD, STRANGER) == 429


@pytest.mark.parametrize("spelling", ["Lena", "LENA", "ｌｅｎａ", " lena "])
def test_other_spellings_of_a_name_log_in(spelling: str) -> None:
    assert attempt(spelling, PASSWORD) == 302


def test_successful_log_ins_do_not_count() -> None:
    assert {attempt("lena", PASSWORD) for _ in range(35)} == {302}


def test_client_with_thirty_failures_is_refused_for_every_name() -> None:
    for number in range(30):
        attempt(f"name{number}", "guess", STRANGER)
    assert attempt("lena", PASSWORD, STRANGER) == 429
    assert attempt("lena", PASSWORD, EDITOR) == 302


def test_attacked_name_may_try_once_in_ten_seconds_from_each_network() -> None:
    for number in range(10):
        fail("lena", f"203.0.{number}.1")
    fail("lena", EDITOR)
    with pytest.raises(TooManyFailuresError) as refused:
        fail("lena", EDITOR)
    assert 1 <= refused.value.seconds <= 10
    fail("lena", EDITOR, NOW + timedelta(seconds=10))


def test_refused_attempts_do_not_count_as_failures() -> None:
    for _ in range(10):
        fail("lena", STRANGER)
    before = sum(RateLimitCount.objects.values_list("count", flat=True))
    for _ in range(5):
        with pytest.raises(TooManyFailuresError):
            fail("lena", STRANGER)
    assert sum(RateLimitCount.objects.values_list("count", flat=True)) <= before + 5  # of recorded refusals


def test_attempt_that_the_server_could_not_check_does_not_count() -> None:
    before = sum(RateLimitCount.objects.values_list("count", flat=True))
    with pytest.raises(OSError, match="disk"), limited_attempt("lena", EDITOR, "wrong", now=NOW):
        raise OSError("disk")
    assert sum(RateLimitCount.objects.values_list("count", flat=True)) == before
    assert not AuditEntry.objects.filter(act="log_in_failed").exists()


def test_log_ins_failures_and_refusals_are_recorded_with_name_and_client() -> None:
    attempt("Lena", PASSWORD)
    for _ in range(13):
        attempt("Lena", "guess", STRANGER)
    rows = AuditEntry.objects.order_by("pk").exclude(act="person_added").values_list("act", "actor", "client")
    failures = [("log_in_failed", "lena", STRANGER)] * 10
    assert list(rows) == [("logged_in", "lena", EDITOR), *failures, ("log_in_refused", "lena", STRANGER)]
    assert "guess" not in str(list(AuditEntry.objects.values()))


def test_flood_of_failures_does_not_fill_the_audit_log(monkeypatch: pytest.MonkeyPatch) -> None:
    from stoppress.desk.access import audit_log
    from stoppress.runtime.rate_limits import RateLimit

    monkeypatch.setattr(audit_log, "FAILURES_RECORDED", RateLimit("few", limit=3, seconds=600))
    for number in range(8):
        fail(f"name{number}", f"198.51.{number}.1")
    assert AuditEntry.objects.filter(act="log_in_failed").count() == 3
