"""Access can be taken back at the desk: people, seats, passwords, sessions, tokens. Each act is in the audit log."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.api_tokens import create_token, find_token
from stoppress.desk.access.audit_log import Actor
from stoppress.desk.access.people import create_user, disable_user, enable_user, set_password
from stoppress.desk.access.seats import LastAdministratorError, remove_seat, set_seat
from stoppress.desk.models import ApiToken, AuditEntry, Seat
from tests.support.english_text import visible_texts

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-9"
BY = Actor("rosa", "192.0.2.1")


@pytest.fixture
def rosa() -> User:
    return create_user("rosa", PASSWORD, "admin", display="Rosa Marsh")


@pytest.fixture
def lena() -> User:
    return create_user("lena", PASSWORD, "editor")


@pytest.fixture
def admin(rosa: User) -> Client:
    return logged_in("rosa")


def logged_in(name: str, password: str = PASSWORD) -> Client:
    client = Client()
    assert client.post("/desk/log-in", {"username": name, "password": password}).status_code == 302
    return client


def acts(target: str) -> list[tuple[str, str, str]]:
    """Return actor, act and detail of the entries about one person or token, oldest first."""
    rows = AuditEntry.objects.filter(target=target).order_by("pk")
    return list(rows.values_list("actor", "act", "detail"))


def shown_secret(answer) -> str:
    return re.search(r'id="shown-once"[^>]*value="([^"]+)"', answer.content.decode())[1]  # type: ignore[index]


def test_disabled_person_is_refused_at_the_next_request(admin: Client, lena: User, blog: LiveBlog) -> None:
    theirs, token = logged_in("lena"), create_token("lena's script", owner=lena)
    assert theirs.get("/desk/live/storm-maren").status_code == 200
    assert admin.post("/desk/people/lena/disable").status_code == 302
    assert theirs.get("/desk/live/storm-maren").status_code == 302
    script = {"X-Requested-With": "fetch"}
    assert theirs.post("/desk/live/storm-maren/drafts", {"headline": "x"}, headers=script).status_code == 401
    assert find_token(token) is None
    answer = Client().get("/api/v1/live/storm-maren/posts", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert Client().post("/desk/log-in", {"username": "lena", "password": PASSWORD}).status_code == 200
    assert ("rosa", "person_disabled", "") in acts("lena")


def test_enabled_person_logs_in_again_but_old_sessions_and_tokens_stay_ended(admin: Client, lena: User) -> None:
    theirs, token = logged_in("lena"), create_token("lena's script", owner=lena)
    admin.post("/desk/people/lena/disable")
    admin.post("/desk/people/lena/enable")
    assert theirs.get("/desk/").status_code == 302 and find_token(token) is None
    logged_in("lena")
    assert [act for _, act, _ in acts("lena")] == ["person_added", "person_disabled", "person_enabled"]


def test_token_ends_with_the_last_seat_of_its_owner(admin: Client, lena: User, blog: LiveBlog, clock) -> None:
    set_seat(lena, "reporter", blog, by=BY, now=clock())
    token = create_token("lena's script", owner=lena)
    remove_seat(lena, None, by=BY, now=clock())
    assert find_token(token)
    remove_seat(lena, blog, by=BY, now=clock())
    assert find_token(token) is None


def test_token_cannot_belong_to_a_disabled_person(admin: Client, lena: User) -> None:
    admin.post("/desk/people/lena/disable")
    answer = admin.post("/desk/tokens", {"name": "new", "scopes": ["posts:read"], "owner": "lena"})
    assert "disabled: a token cannot belong to them" in answer.content.decode()
    assert find_all_tokens() == []


def find_all_tokens() -> list[str]:
    return list(ApiToken.objects.values_list("name", flat=True))


def test_token_of_the_newsroom_outlives_the_person_who_created_it(admin: Client, lena: User, clock) -> None:
    token = create_token("site", by=Actor("lena"))
    disable_user(lena, by=BY, now=clock())
    assert find_token(token)


def test_reset_password_is_shown_once_and_ends_sessions(admin: Client, lena: User) -> None:
    theirs = logged_in("lena")
    answer = admin.post("/desk/people/lena/password")
    password = shown_secret(answer)
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", password)
    assert password not in admin.get("/desk/people/lena").content.decode()
    assert theirs.get("/desk/").status_code == 302
    assert Client().post("/desk/log-in", {"username": "lena", "password": PASSWORD}).status_code == 200
    logged_in("lena", password)
    assert ("rosa", "password_set", "") in acts("lena")
    assert password not in str(list(AuditEntry.objects.values()))


def test_administrator_who_resets_their_own_password_is_logged_out(admin: Client) -> None:
    assert admin.post("/desk/people/rosa/password").status_code == 302
    assert admin.get("/desk/").status_code == 302
    assert not Client().login(username="rosa", password=PASSWORD)


def test_log_out_everywhere_ends_all_sessions_of_one_person(admin: Client, lena: User) -> None:
    clients = [logged_in("lena") for _ in range(3)]
    admin.post("/desk/people/lena/log-out")
    assert {client.get("/desk/").status_code for client in clients} == {302}
    assert admin.get("/desk/").status_code == 200
    assert ("rosa", "sessions_ended", "3") in acts("lena")


def test_added_person_gets_a_seat_of_one_live_blog_and_a_generated_password(admin: Client, blog: LiveBlog) -> None:
    form = {"name": " Tom.Reed ", "display": "Tom Reed", "role": "reporter", "blog": "storm-maren"}
    password = shown_secret(admin.post("/desk/add-person", form))
    theirs = logged_in("TOM.REED", password)
    assert theirs.get("/desk/live/storm-maren").status_code == 200
    assert theirs.get("/desk/open").status_code == 403
    assert acts("tom.reed") == [("rosa", "person_added", "reporter of storm-maren")]


@pytest.mark.parametrize("name", ["", "two words", "LENA", "ｌｅｎａ", "lena\u200b", "x" * 151])
def test_invalid_or_taken_name_is_refused_at_its_field(admin: Client, lena: User, name: str) -> None:
    answer = admin.post("/desk/add-person", {"name": name, "role": "editor"})
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["name"]
    assert User.objects.count() == 2


def test_role_is_changed_for_one_live_blog_and_for_all(admin: Client, lena: User, blog: LiveBlog) -> None:
    admin.post("/desk/people/lena/seat", {"role": "admin", "blog": "storm-maren"})
    admin.post("/desk/people/lena/seat", {"role": "reporter", "blog": ""})
    seats = {(seat.role, seat.blog and seat.blog.slug) for seat in Seat.objects.filter(user=lena)}
    assert seats == {("admin", "storm-maren"), ("reporter", None)}
    theirs = logged_in("lena")
    assert theirs.get("/desk/open").status_code == 403
    admin.post("/desk/people/lena/remove-seat", {"blog": "storm-maren"})
    admin.post("/desk/people/lena/remove-seat", {"blog": ""})
    assert theirs.get("/desk/live/storm-maren").status_code == 404
    assert acts("lena")[1:] == [
        ("rosa", "seat_given", "admin of storm-maren"),
        ("rosa", "seat_given", "reporter of all live blogs"),
        ("rosa", "seat_removed", "admin of storm-maren"),
        ("rosa", "seat_removed", "reporter of all live blogs"),
    ]


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("disable", {}),
        ("seat", {"role": "editor", "blog": ""}),
        ("remove-seat", {"blog": ""}),
    ],
)
def test_last_administrator_cannot_be_disabled_or_demoted(admin: Client, lena: User, act: str, form: dict) -> None:
    answer = admin.post(f"/desk/people/rosa/{act}", form)
    assert answer.status_code == 409 and "last administrator" in answer.content.decode()
    assert User.objects.get(username="rosa").is_active
    assert Seat.objects.filter(user__username="rosa", role="admin", blog=None).exists()
    assert [what for _, what, _ in acts("rosa")] == ["person_added"]
    assert admin.get("/desk/people").status_code == 200


def test_disabled_administrator_and_one_of_a_single_live_blog_do_not_count(rosa, lena, blog, clock) -> None:
    other = create_user("tom", PASSWORD, "admin")
    disable_user(other, by=BY, now=clock())
    set_seat(lena, "admin", blog, by=BY, now=clock())
    with pytest.raises(LastAdministratorError):
        disable_user(rosa, by=BY, now=clock())
    enable_user(other, by=BY, now=clock())
    disable_user(rosa, by=BY, now=clock())
    with pytest.raises(LastAdministratorError):
        remove_seat(other, None, by=BY, now=clock())


def test_administrator_of_one_live_blog_reaches_no_page_about_people(lena: User, blog: LiveBlog, clock) -> None:
    create_user("kim", PASSWORD, "admin", blog=blog)
    client = logged_in("kim")
    for path in ("people", "add-person", "people/lena", "tokens", "audit"):
        assert client.get(f"/desk/{path}").status_code == 403
    for path in ("people/lena/disable", "people/kim/seat", "people/lena/password", "tokens"):
        assert client.post(f"/desk/{path}", {"role": "admin", "blog": "", "name": "x"}).status_code == 403
    assert Seat.objects.filter(user__username="kim").count() == 1 and not ApiToken.objects.exists()


def test_refused_page_is_recorded_with_name_and_client(lena: User) -> None:
    logged_in("lena").get("/desk/people", REMOTE_ADDR="198.51.100.7")
    entry = AuditEntry.objects.get(act="permission_refused")
    assert (entry.actor, entry.client, entry.target) == ("lena", "198.51.100.7", "/desk/people")


def test_token_is_created_shown_once_listed_and_revoked(admin: Client, lena: User, blog: LiveBlog) -> None:
    form = {"name": "Site", "scopes": ["posts:read"], "blog": "storm-maren", "owner": "Lena"}
    token = shown_secret(admin.post("/desk/tokens", form))
    row = find_token(token)
    assert row and (row.blog, row.owner, row.scopes) == (blog, lena, ["posts:read"])
    page = admin.get("/desk/tokens").content.decode()
    assert token not in page and f"…{token[-4:]}" in page
    assert admin.post(f"/desk/tokens/{row.pk}/revoke").status_code == 302
    assert find_token(token) is None
    name = f"Site (…{token[-4:]})"
    assert acts(name) == [("rosa", "token_created", "posts:read"), ("rosa", "token_revoked", "")]
    assert token not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("name", ["site", "SITE", "ｓｉｔｅ", " Site "])
def test_name_of_a_valid_token_is_taken_in_every_spelling(admin: Client, name: str) -> None:
    token = create_token("Site")
    form = {"name": name, "scopes": ["posts:read"]}
    answer = admin.post("/desk/tokens", form)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["name"]
    row = find_token(token)
    assert row
    admin.post(f"/desk/tokens/{row.pk}/revoke")
    assert admin.post("/desk/tokens", form).status_code == 200 and ApiToken.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "", "scopes": ["posts:read"]}),
        ("scopes", {"name": "x", "scopes": []}),
        ("scopes", {"name": "x", "scopes": ["everything"]}),
        ("owner", {"name": "x", "scopes": ["posts:read"], "owner": "nobody"}),
    ],
)
def test_invalid_token_shows_an_error_at_its_field(admin: Client, field: str, given: dict) -> None:
    answer = admin.post("/desk/tokens", given)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]


def test_audit_log_is_filtered_by_name_and_by_kind(admin: Client, lena: User) -> None:
    logged_in("lena")
    admin.post("/desk/people/lena/disable")
    everything = " ".join(visible_texts(admin.get("/desk/audit").content.decode()))
    assert "logged in" in everything and "disabled a person" in everything
    changes = " ".join(visible_texts(admin.get("/desk/audit?changes=on&name=LENA").content.decode()))
    assert "logged in" not in changes and "disabled a person" in changes and "127.0.0.1" in changes


def test_weak_password_is_refused(lena: User, clock) -> None:
    from stoppress.desk.access.people import PersonError

    for weak in ("short", "password123", ""):
        with pytest.raises(PersonError):
            set_password(lena, weak, by=BY, now=clock())
    assert Client().login(username="lena", password=PASSWORD)


def test_unknown_person_gets_404(admin: Client) -> None:
    assert admin.get("/desk/people/nobody").status_code == 404
    assert admin.post("/desk/people/nobody/disable").status_code == 404
    assert admin.post("/desk/tokens/4711/revoke").status_code == 404
