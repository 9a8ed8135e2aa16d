"""`stoppress people`, `token` and `audit`: the command line of access."""

import io
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.api_tokens import find_token
from stoppress.desk.models import AuditEntry, Seat
from stoppress.service.cli.main import main

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct-horse-9"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Return a function that runs one command and returns its exit code, output and error output."""
    monkeypatch.setenv("STOPPRESS_PASSWORD", PASSWORD)

    def run_command(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run_command


def test_people_are_added_listed_disabled_and_enabled(run, blog: LiveBlog) -> None:
    assert run("people", "add", "Rosa", "--role", "admin", "--display", "Rosa Marsh")[0] == 0
    code, out, _ = run("people", "add", "lena", "--role", "reporter", "--live", "storm-maren")
    assert (code, out) == (0, "lena may now log in at /desk/ as reporter of /live/storm-maren.\n")
    assert run("people", "disable", "LENA")[1].startswith("lena is disabled")
    rows = json.loads(run("people", "list", "--json")[1])
    assert [(row["name"], row["active"]) for row in rows] == [("rosa", True), ("lena", False)]
    assert rows[0]["display"] == "Rosa Marsh" and rows[0]["roles"] == [{"role": "admin", "live": None}]
    assert rows[1]["roles"] == [{"role": "reporter", "live": "storm-maren"}]
    assert not Client().login(username="lena", password=PASSWORD)
    assert run("people", "enable", "lena")[0] == 0
    assert Client().login(username="lena", password=PASSWORD)


def test_password_is_set_from_standard_input_or_generated(run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("people", "add", "lena")
    monkeypatch.setattr("sys.stdin", io.StringIO("another-horse-10\n"))
    assert run("people", "password", "lena", "--password-stdin")[0] == 0
    assert Client().login(username="lena", password="another-horse-10")
    out = run("people", "password", "lena", "--generate")[1]
    assert Client().login(username="lena", password=out.split("shown once: ")[1].strip())


def test_roles_are_given_and_removed(run, blog: LiveBlog) -> None:
    run("people", "add", "lena")
    assert run("people", "role", "lena", "admin", "--live", "storm-maren")[0] == 0
    assert {(seat.role, seat.blog_id) for seat in Seat.objects.all()} == {("editor", None), ("admin", blog.pk)}
    assert run("people", "remove-role", "lena")[0] == 0
    code, _, err = run("people", "remove-role", "lena")
    assert code == 2 and "no role for all live blogs" in err


@pytest.mark.parametrize("act", [("disable", "rosa"), ("role", "rosa", "editor"), ("remove-role", "rosa")])
def test_last_administrator_stays(run, act: tuple[str, ...]) -> None:
    run("people", "add", "rosa", "--role", "admin")
    code, _, err = run("people", *act)
    assert code == 2 and "last administrator" in err
    assert User.objects.get().is_active and Seat.objects.get().role == "admin"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("people", "disable", "nobody"), "nobody"),
        (("people", "role", "lena", "editor", "--live", "no-such"), "no-such"),
        (("people", "add", "Lena"), "already taken"),
        (("people", "add", "two words"), "name"),
        (("token", "create", "--name", "x", "--scopes", "all"), "all"),
        (("token", "create", "--name", "x", "--owner", "nobody"), "nobody"),
        (("token", "revoke", "nothing"), "nothing"),
    ],
)
def test_bad_input_ends_with_one_line_and_exit_code_2(run, command: tuple[str, ...], words: str) -> None:
    run("people", "add", "lena")
    code, out, err = run(*command)
    lines = [line for line in err.splitlines() if not line.startswith("20")]
    assert code == 2 and out == "" and len(lines) == 1 and words in lines[0]


def test_tokens_are_created_listed_and_revoked(run) -> None:
    run("people", "add", "lena")
    token = run("token", "create", "--name", "site", "--owner", "Lena", "--scopes", "posts:read")[1].strip()
    assert find_token(token)
    out = run("token", "list")[1]
    assert "site" in out and token[-4:] in out and "lena" in out and token not in out
    assert run("token", "revoke", "SITE")[0] == 0 and find_token(token) is None
    (row,) = json.loads(run("token", "list", "--json")[1])
    assert row["name"] == "site" and row["owner"] == "lena" and row["revoked_at"]
    second = run("token", "create", "--name", "site")[1].strip()
    assert run("token", "revoke", second[-4:])[0] == 0 and find_token(second) is None


def test_acts_of_the_command_line_are_in_the_audit_log_without_secrets(run) -> None:
    run("people", "add", "lena")
    run("people", "disable", "lena")
    token = run("token", "create", "--name", "site")[1].strip()
    out = run("audit", "--limit", "10")[1]
    assert "command line: " in out and "person_disabled lena" in out and "token_created site" in out
    assert token not in out and PASSWORD not in out
    assert token not in str(list(AuditEntry.objects.values()))
    rows = json.loads(run("audit", "--changes", "--name", "LENA", "--json")[1])
    assert [row["act"] for row in rows] == ["person_disabled", "person_added"]
