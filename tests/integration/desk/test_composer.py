"""The composer: publishing, editing, correcting, withdrawing, drafts; and the forms of live blogs."""

import json
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from stoppress.coverage.actions import publish, update, withdraw
from stoppress.coverage.models import LiveBlog, Picture, Post
from stoppress.coverage.pictures.store import store_picture
from stoppress.coverage.post_content import Content, PictureUse
from stoppress.desk.access.people import create_user
from stoppress.desk.models import Draft

DESK = "/desk/live/storm-maren"


@pytest.fixture
def ines(db) -> User:
    return create_user("ines", "correct-horse-9", "editor", display="Ines Okafor")


@pytest.fixture
def desk(blog: LiveBlog, client: Client, ines: User) -> Client:
    client.force_login(ines)
    return client


@pytest.fixture
def post(blog: LiveBlog, clock) -> Post:
    return publish("storm-maren", Content("Alarm", "<p>One.</p>", ("Ines Okafor",)), by="ines", now=clock())


@pytest.fixture
def picture(blog, clock, settings, tmp_path) -> Picture:
    settings.MEDIA_ROOT = str(tmp_path)
    return store_picture(BytesIO(drawn()), blog=blog, by="ines", now=clock())


def drawn() -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "PNG")
    return out.getvalue()


def form(**given) -> dict:
    return {"id": str(uuid4()), "headline": "Alarm", "body": "<p>One.</p>", "bylines": "Ines Okafor"} | given


def test_form_publishes_a_post_with_every_field(desk: Client, picture: Picture) -> None:
    given = form(breaking="on", source_name=["Coastguard", ""], source_via=["Kyiv Independent", ""])
    given |= {"picture_id": picture.pk, "picture_alt": "A wall", "picture_caption": "", "picture_credit": "Lena Voss"}
    answer = desk.post(DESK, given, follow=True)
    assert "Published." in answer.content.decode()
    post = Post.objects.get()
    assert str(post.pk) == given["id"] and post.breaking
    assert post.revision.sources == [{"name": "Coastguard", "via": "Kyiv Independent"}]
    assert post.revision.pictures[0]["alt"] == "A wall"
    assert post.revision.made_by == "ines"


def test_repeated_form_publishes_once(desk: Client) -> None:
    given = form()
    assert desk.post(DESK, given).status_code == desk.post(DESK, given).status_code == 302
    assert Post.objects.count() == 1


def test_repeated_form_with_another_text_is_offered_as_edit(desk: Client) -> None:
    given = form()
    desk.post(DESK, given)
    answer = desk.post(DESK, given | {"body": "<p>Two.</p>"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "This post is already published" in page
    assert "Two." in page and f"/posts/{given['id']}/edit" in page
    assert Post.objects.get().revision.body == "<p>One.</p>"


def test_publish_and_alert_redirects_to_the_alert_composer(desk: Client) -> None:
    given = form()
    answer = desk.post(DESK, given | {"then": "alert"})
    assert answer["Location"] == f"{DESK}/posts/{given['id']}/alert"


def test_invalid_form_is_shown_again_with_its_fields(desk: Client) -> None:
    given = form(headline="x" * 301, bylines="Ines, Tom", source_name="Coastguard", source_via="")
    answer = desk.post(DESK, given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "at most 300 characters" in page and "x" * 301 in page and "Ines, Tom" in page and "Coastguard" in page
    assert given["id"] in page
    assert not Post.objects.exists()


def test_picture_without_description_is_refused(desk: Client, picture: Picture) -> None:
    given = form(picture_id=picture.pk, picture_alt=" ", picture_caption="Dusk", picture_credit="")
    answer = desk.post(DESK, given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "alt text" in page and "Dusk" in page and f"{picture.pk}-60.webp" in page


def test_picture_uploaded_with_the_form_needs_a_description(desk: Client, picture) -> None:
    given = form(picture_file=SimpleUploadedFile("a.png", drawn()))
    answer = desk.post(DESK, given)
    [stored] = Picture.objects.exclude(pk=picture.pk)
    assert answer.status_code == 422 and stored.pk in answer.content.decode()
    answer = desk.post(DESK, form(picture_file=SimpleUploadedFile("a.png", b"nothing")))
    assert "This is no JPEG" in answer.content.decode()


def test_form_with_more_than_ten_pictures_is_refused_before_any_is_decoded(desk: Client) -> None:
    files = [SimpleUploadedFile(f"{number}.png", drawn()) for number in range(11)]
    answer = desk.post(DESK, form(picture_file=files))
    assert answer.status_code == 422 and "at most 10 pictures" in answer.content.decode()
    assert not Picture.objects.exists() and not Post.objects.exists()


def test_autosave_stores_no_picture(desk: Client) -> None:
    answer = desk.post(f"{DESK}/drafts", form(picture_file=SimpleUploadedFile("a.png", drawn())))
    assert answer.status_code in (200, 204) and not Picture.objects.exists()


def test_picture_upload_returns_a_row_of_the_composer(desk: Client, picture: Picture) -> None:
    answer = desk.post(f"{DESK}/pictures", {"picture_file": SimpleUploadedFile("a.png", drawn())})
    [stored] = Picture.objects.exclude(pk=picture.pk)
    assert answer.status_code == 200 and f"{DESK}/pictures/{stored.pk}-60.webp" in answer.content.decode()
    refused = desk.post(f"{DESK}/pictures", {"picture_file": SimpleUploadedFile("a.png", b"x")})
    assert refused.status_code == 422 and "no JPEG" in refused.content.decode()


def test_text_is_saved_and_restored(desk: Client) -> None:
    given = form(headline="Half a")
    assert desk.post(f"{DESK}/drafts", given).json()["saved_at"]
    assert desk.post(f"{DESK}/drafts", given | {"headline": "Half a sentence"}).json()["saved_at"]
    assert Draft.objects.count() == 1
    page = desk.get(DESK).content.decode()
    assert "Half a sentence" in page and f'value="{given["id"]}"' in page
    assert "Half a sentence" not in desk.get(f"{DESK}?draft=new").content.decode().split("live__side")[0]


def test_late_save_does_not_restore_a_published_draft(desk: Client) -> None:
    given = form()
    desk.post(f"{DESK}/drafts", given)
    desk.post(DESK, given)
    assert desk.post(f"{DESK}/drafts", given).json() == {"saved_at": None, "version": "", "is_published": True}
    assert not Draft.objects.exists()


def test_empty_draft_is_deleted(desk: Client) -> None:
    given = form()
    desk.post(f"{DESK}/drafts", given)
    desk.post(f"{DESK}/drafts", given | {"headline": "", "body": "<p></p>"})
    assert not Draft.objects.exists()


def test_draft_is_private_to_its_author(desk: Client, clock) -> None:
    given = form(headline="Mine")
    desk.post(f"{DESK}/drafts", given)
    other = Client()
    other.force_login(create_user("tom", "correct-horse-9", "admin"))
    refused = other.post(f"{DESK}/drafts", given | {"headline": "Taken"})
    assert refused.status_code == 409 and refused["Content-Type"] == "application/problem+json"
    assert "Mine" not in refused.content.decode()
    other.post(f"{DESK}/drafts/{given['id']}/discard")
    assert "Mine" not in other.get(f"{DESK}?draft={given['id']}").content.decode()
    assert Draft.objects.get().form_data["headline"] == "Mine"


def test_draft_of_an_edit_is_separate_from_new_posts(desk: Client, post: Post) -> None:
    given = form(headline="Alarm, edited", post=str(post.pk), based_on="1")
    desk.post(f"{DESK}/drafts", given)
    desk.post(f"{DESK}/drafts", given | {"id": str(uuid4()), "headline": "Alarm, edited again"})
    assert Draft.objects.get().based_on == 1
    assert "Alarm, edited again" in desk.get(f"{DESK}/posts/{post.pk}/edit").content.decode()
    assert "Unfinished edit" in desk.get(DESK).content.decode()


def test_saved_edit_creates_a_revision_and_deletes_its_draft(desk: Client, post: Post) -> None:
    path, given = f"{DESK}/posts/{post.pk}/edit", form(body="<p>Two.</p>", post=str(post.pk), based_on="1", note="")
    desk.post(f"{DESK}/drafts", given)
    assert desk.post(path, given)["Location"] == DESK
    post.refresh_from_db()
    assert post.revision.number == 2
    assert desk.post(f"{DESK}/drafts", given).json()["saved_at"] is None
    assert not Draft.objects.exists()


@pytest.mark.parametrize("mode", ["edit", "correct"])
def test_stale_save_shows_both_versions(desk: Client, post: Post, clock, mode: str) -> None:
    update("storm-maren", post.pk, Content("Alarm", "<p>Theirs.</p>"), by="tom", now=clock.tick(), based_on=1)
    path, given = f"{DESK}/posts/{post.pk}/{mode}", form(body="<p>Mine.</p>", based_on="1", note="So.")
    answer = desk.post(path, given)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "tom saved this post" in page and "Theirs." in page and "Mine." in page and "So." in page
    assert 'name="based_on" value="2"' in page and "<ins>" in page and "<del>" in page
    assert desk.post(path, given | {"based_on": "2"}).status_code == 302


def test_conflict_names_the_other_editor_as_bylines_do(desk: Client, post: Post, clock) -> None:
    create_user("tom", "correct-horse-9", "editor", display="Tom Reyes")
    update("storm-maren", post.pk, Content("Alarm", "<p>Theirs.</p>"), by="tom", now=clock.tick(), based_on=1)
    page = desk.post(f"{DESK}/posts/{post.pk}/edit", form(body="<p>Mine.</p>", based_on="1")).content.decode()
    assert "Tom Reyes saved this post" in page and "by Tom Reyes" in page and "tom saved" not in page


def test_correction_needs_a_note(desk: Client, post: Post) -> None:
    path, given = f"{DESK}/posts/{post.pk}/correct", form(body="<p>Two.</p>", based_on="1", notice="clarification")
    refused = desk.post(path, given | {"note": " "})
    assert refused.status_code == 422 and "Say what was wrong" in refused.content.decode()
    assert "Two." in refused.content.decode()
    done = desk.post(path, given | {"note": "There were two."}, follow=True)
    assert "Clarification published." in done.content.decode()
    assert post.notes.get().kind == "clarification"


def test_withdrawal_needs_a_note_and_leaves_a_tombstone(desk: Client, post: Post) -> None:
    path = f"{DESK}/posts/{post.pk}/withdraw"
    assert desk.post(path, {"note": ""}).status_code == 422
    page = desk.post(path, {"note": "It was not so."}, follow=True).content.decode()
    assert "Withdrawn." in page and "It was not so." in page and "One." not in page
    edited = desk.post(f"{DESK}/posts/{post.pk}/edit", form(based_on="1"), follow=True).content.decode()
    assert "has been withdrawn" in edited


def test_draft_of_a_withdrawn_post_is_hidden(desk: Client, post: Post, clock) -> None:
    desk.post(f"{DESK}/drafts", form(headline="Alarm, edited", post=str(post.pk), based_on="1"))
    withdraw("storm-maren", post.pk, note="Not so.", by="tom", now=clock.tick())
    assert "Alarm, edited" not in desk.get(DESK).content.decode()


def test_save_concurrent_with_withdrawal_changes_nothing(desk: Client, post: Post, clock, monkeypatch) -> None:
    def late(*args, **rest):
        withdraw("storm-maren", post.pk, note="Not so.", by="tom", now=clock.tick())
        return update(*args, **rest)

    monkeypatch.setattr("stoppress.desk.views.posts.update", late)
    answer = desk.post(f"{DESK}/posts/{post.pk}/edit", form(body="<p>Two.</p>", based_on="1"), follow=True)
    assert "cannot be changed any more" in answer.content.decode()


def test_repeated_form_does_not_show_withdrawn_text(desk: Client, clock) -> None:
    given = form(headline="Alarm at the dam")
    desk.post(DESK, given)
    withdraw("storm-maren", given["id"], note="Not so.", by="tom", now=clock.tick())
    page = desk.post(DESK, given | {"headline": "Other words"}).content.decode()
    assert "Other words" in page and "Alarm at the dam" not in page


def test_labels_are_set_and_removed(desk: Client, post: Post) -> None:
    path = f"{DESK}/posts/{post.pk}"
    answer = desk.post(f"{path}/mark", {"mark": "key_event", "on": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer["HX-Trigger"] == "desk-changed"
    desk.post(f"{path}/pin", {"on": "1"})
    post.refresh_from_db()
    assert post.key_event and post.pinned
    desk.post(f"{path}/pin", {"on": "0"})
    post.refresh_from_db()
    assert not post.pinned
    assert desk.post(f"{path}/mark", {"mark": "pinned", "on": "1"}).status_code == 400


@pytest.mark.parametrize("page", ["edit", "correct", "withdraw", "alert"])
def test_unknown_post_gets_404(desk: Client, page: str) -> None:
    assert desk.get(f"{DESK}/posts/{uuid4()}/{page}").status_code == 404


def test_preview_uses_the_post_template_and_publishes_nothing(desk: Client) -> None:
    answer = desk.post(f"{DESK}/preview", form(body="<p>Hi<script>x()</script></p>"), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert 'class="post__headline"' in page and "<p>Hi</p>" in page and "x()" not in page
    assert "nothing to publish" in desk.post(f"{DESK}/preview", form(headline="", body="")).content.decode()
    assert not Post.objects.exists()


def test_input_is_escaped(desk: Client, blog: LiveBlog, clock) -> None:
    nasty = '"><script>alert(1)</script>'
    desk.post(f"{DESK}/drafts", form(headline=nasty, bylines=nasty, source_name=nasty, source_via=nasty))
    page = desk.get(DESK).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_older_posts_are_linked(desk: Client, clock) -> None:
    for number in range(35):
        publish("storm-maren", Content(f"Number {number}."), by="ines", now=clock.tick())
    page = desk.get(DESK).content.decode()
    assert "Number 5." in page and "Number 4." not in page and "Show older posts (5)" in page
    assert "Number 0." in desk.get(f"{DESK}?shown=60").content.decode()


@pytest.mark.parametrize("shown", ["-1", "x", "9" * 30, "²", ""])
def test_invalid_number_of_posts_is_ignored(desk: Client, shown: str) -> None:
    assert desk.get(f"{DESK}/timeline", {"shown": shown}).status_code == 200


def test_opened_live_blog_is_listed(desk: Client) -> None:
    given = {"headline": "Vote in Vienna", "slug": "vienna", "standfirst": "", "zone": "Europe/Vienna", "state": "live"}
    assert desk.post("/desk/open", given)["Location"] == "/desk/live/vienna"
    assert "Vote in Vienna" in desk.get("/desk/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"slug": "storm-maren"}, "already a live blog"),
        ({"slug": "Storm Maren"}, "valid"),
        ({"zone": "Mars/Olympus"}, "not an IANA time zone"),
        ({"headline": " "}, "needs a headline"),
    ],
)
def test_invalid_field_shows_an_error_and_keeps_the_rest(desk: Client, wrong: dict, told: str) -> None:
    given = {"headline": "A", "slug": "a", "standfirst": "Stays here", "zone": "UTC", "state": "live"} | wrong
    answer = desk.post("/desk/open", given)
    assert answer.status_code == 422
    assert told in answer.content.decode() and "Stays here" in answer.content.decode()


def test_header_and_state_are_edited(desk: Client, blog: LiveBlog) -> None:
    given = {"headline": "New head", "standfirst": "One.\n\nTwo.", "zone": "Europe/Oslo"}
    assert desk.post(f"{DESK}/edit", given).status_code == 302
    desk.post(f"{DESK}/state", {"state": "ended"})
    desk.post(f"{DESK}/state", {"state": "nonsense"})
    blog.refresh_from_db()
    assert (blog.headline, blog.zone, blog.state) == ("New head", "Europe/Oslo", "ended")


def test_body_of_another_type_is_an_empty_form(desk: Client, post: Post, clock) -> None:
    """A JSON body is parsed as an empty form and causes no server error."""
    answer = desk.post(DESK, json.dumps({"headline": "x"}), content_type="application/json")
    assert answer.status_code == 422


def test_withdraw_page_hides_pictures_of_a_withdrawn_post(desk: Client, picture: Picture, clock) -> None:
    use = (PictureUse(picture.pk, "A wall"),)
    post = publish("storm-maren", Content("Alarm", pictures=use), by="ines", now=clock())
    withdraw("storm-maren", post.pk, note="Wrong picture.", by="ines", now=clock() + timedelta(seconds=1))
    assert picture.pk not in desk.get(f"{DESK}/posts/{post.pk}/withdraw").content.decode()
