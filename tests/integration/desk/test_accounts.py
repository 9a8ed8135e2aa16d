"""Second factors, passkeys' pages, sessions and the idle time-out of the desk's log-in."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.test import Client

from stoppress.desk.access.people import create_user
from stoppress.desk.models import AuditEntry

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"
HTML = {"Accept": "text/html"}


@pytest.fixture
def lena() -> User:
    return create_user("lena", PASSWORD, "editor")


@pytest.fixture
def client(lena: User) -> Client:
    client = Client()
    log_in(client)
    return client


def log_in(client: Client, password: str = PASSWORD):
    return client.post("/desk/log-in", {"username": "Lena", "password": password}, headers=HTML)


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def add_app(client: Client) -> str:
    """Add an authenticator app and return its secret."""
    client.post("/desk/account/confirm", {"password": PASSWORD}, headers=HTML)
    page = client.get("/desk/account/app", headers=HTML)
    secret = page.context["form"].secret
    assert client.post("/desk/account/app", {"code": code_of(secret)}, headers=HTML).status_code == 302
    return secret


def test_log_in_with_an_app_needs_a_code_of_it_or_a_recovery_code(
    client: Client, lena: User, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        secret = add_app(client)
    codes = re.findall(r"<code>(\w+)</code>", client.get("/desk/account/recovery-codes").content.decode())
    assert len(codes) == 10
    other = Client()
    assert log_in(other)["Location"] == "/desk/log-in/code"
    assert other.get("/desk/").status_code == 302
    assert other.post("/desk/log-in/code", {"code": "000000"}, headers=HTML).status_code == 200
    assert other.get("/desk/").status_code == 302
    assert other.post("/desk/log-in/code", {"code": codes[0]}, headers=HTML).status_code == 302
    assert other.get("/desk/").status_code == 200
    again = Client()
    log_in(again)
    assert again.post("/desk/log-in/code", {"code": codes[0]}, headers=HTML).status_code == 200
    acts = list(AuditEntry.objects.filter(actor="lena").order_by("pk").values_list("act", "detail"))
    assert ("second_factor_added", "totp") in acts and ("log_in_failed", "wrong code") in acts
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored and not any(code in stored for code in codes)


def test_wrong_codes_are_limited_and_recorded(client: Client, lena: User) -> None:
    add_app(client)
    other = Client()
    log_in(other)
    answers = [other.post("/desk/log-in/code", {"code": "000000"}, headers=HTML).status_code for _ in range(11)]
    assert answers[:10] == [200] * 10 and answers[10] == 429
    assert AuditEntry.objects.filter(act="log_in_failed", detail="wrong code").count() == 10


def test_twenty_wrong_codes_refuse_further_ones_from_every_network(lena: User) -> None:
    from stoppress.desk.access.log_in_limits import TooManyFailuresError, limited_attempt

    now = datetime(2026, 3, 8, 12, 0, 1, tzinfo=UTC)
    for number in range(20):
        with limited_attempt("lena", f"203.0.{number}.1", "wrong code", now=now, is_code=True):
            pass
    with (
        pytest.raises(TooManyFailuresError),
        limited_attempt("lena", "198.51.100.7", "wrong code", now=now, is_code=True),
    ):
        pass


def test_app_is_removed_after_confirmation(client: Client, lena: User) -> None:
    add_app(client)
    assert client.post("/desk/account/app/remove", headers=HTML).status_code == 302
    assert not Authenticator.objects.exists()
    assert log_in(Client())["Location"] == "/desk/"
    assert AuditEntry.objects.filter(act="second_factor_removed", target="lena").exists()


def test_change_of_a_second_factor_needs_the_password_again(client: Client) -> None:
    answer = client.get("/desk/account/passkeys/add", headers=HTML)
    assert answer.status_code == 302 and answer["Location"].startswith("/desk/account/confirm?")
    assert client.post(answer["Location"], {"password": "wrong"}, headers=HTML).status_code == 200
    assert client.post(answer["Location"], {"password": PASSWORD}, headers=HTML).status_code == 302
    assert client.get("/desk/account/passkeys/add", headers=HTML).status_code == 200


def test_changed_password_ends_other_sessions_and_keeps_this_one(client: Client) -> None:
    other = Client()
    log_in(other)
    form = {"oldpassword": PASSWORD, "password1": "another-horse-10", "password2": "another-horse-10"}
    assert client.post("/desk/account/password", form, headers=HTML).status_code == 302
    assert client.get("/desk/account").status_code == 200 and other.get("/desk/").status_code == 302
    assert log_in(Client(), "another-horse-10")["Location"] == "/desk/"
    assert AuditEntry.objects.filter(act="password_set", actor="lena", target="lena").count() == 1


def test_own_sessions_are_listed_and_ended_one_by_one_or_all(client: Client, lena: User) -> None:
    others = [Client(), Client()]
    for other in others:
        log_in(other)
    sessions = client.get("/desk/account").context["sessions"]
    assert [row.is_current for row in sessions] == [True, False, False]
    assert {row.ip for row in sessions} == {"127.0.0.1"}
    client.post(f"/desk/account/sessions/{sessions[1].pk}/end")
    assert sorted(other.get("/desk/").status_code for other in others) == [200, 302]
    client.post("/desk/account/log-out-everywhere")
    assert {each.get("/desk/").status_code for each in (client, *others)} == {302}


def test_session_of_another_person_cannot_be_ended(client: Client) -> None:
    create_user("tom", PASSWORD, "admin")
    tom = Client()
    tom.post("/desk/log-in", {"username": "tom", "password": PASSWORD})
    pk = tom.get("/desk/account").context["sessions"][0].pk
    client.post(f"/desk/account/sessions/{pk}/end")
    assert tom.get("/desk/").status_code == 200


def test_idle_session_ends_after_the_time_and_scripts_that_read_do_not_prolong_it(client: Client, monkeypatch) -> None:
    from stoppress.desk.access import idle_timeout

    now = datetime.now(UTC)
    assert client.get("/desk/").status_code == 200
    for hours, headers, status in (
        (11, {"X-Requested-With": "fetch"}, 200),
        (11, {"HX-Request": "true"}, 200),
        (11, {}, 200),
        (22, {"X-Requested-With": "fetch"}, 200),
        (24, {}, 302),
        (24, {}, 302),
    ):
        monkeypatch.setattr(idle_timeout, "utc_now", lambda hours=hours: now + timedelta(hours=hours))
        assert client.get("/desk/", headers=headers).status_code == status


def test_passkey_of_nobody_is_refused_and_offers_a_challenge(db) -> None:
    client = Client()
    options = client.get("/desk/log-in/passkey", headers={"Accept": "application/json"}).json()["request_options"]
    assert options["publicKey"]["challenge"] and options["publicKey"]["userVerification"] == "required"
    for forged in ("", "{}", '{"response": {"userHandle": "MQ"}}', "no JSON"):
        assert client.post("/desk/log-in/passkey", {"credential": forged}, headers=HTML).status_code == 302
    assert client.get("/desk/").status_code == 302


@pytest.mark.parametrize("path", ["signup", "email", "password/reset", "inactive", "social", "login"])
def test_there_is_no_sign_up_and_no_mail_flow(client: Client, path: str) -> None:
    assert client.get(f"/desk/{path}").status_code == 404
    assert client.get(f"/desk/account/{path}").status_code == 404
    assert client.get(f"/accounts/{path}/").status_code == 404
