"""Readers see a picture while a post shows it; the desk of its live blog sees it always."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from stoppress.alerts.actions.send import send_alert
from stoppress.alerts.actions.send_request import SendRequest
from stoppress.coverage.actions import correct, open_blog, publish, update, withdraw
from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.models import LiveBlog, Picture
from stoppress.coverage.pictures.store import store_picture
from stoppress.coverage.post_content import Content, PictureUse
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.desk.access.people import create_user

FILES = ("-60.webp", "-mail.jpg")


@pytest.fixture
def picture(blog: LiveBlog, clock, settings, tmp_path) -> Picture:
    settings.MEDIA_ROOT = str(tmp_path)
    return upload(blog, clock)


@pytest.fixture
def other_blog(db, clock) -> LiveBlog:
    return open_blog(slug="harbour", headline="Harbour", standfirst="", zone="Europe/London", by="ines", now=clock())


def upload(blog: LiveBlog, clock) -> Picture:
    out = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "PNG")
    return store_picture(BytesIO(out.getvalue()), blog=blog, by="ines", now=clock())


def content(*pictures: Picture) -> Content:
    return Content("Alarm", "<p>One.</p>", pictures=tuple(PictureUse(each.pk, "A wall") for each in pictures))


def statuses(picture: Picture) -> set[int]:
    return {Client().get(f"/media/{picture.pk}{name}").status_code for name in FILES}


def test_picture_is_public_while_a_post_shows_it(blog, picture, clock) -> None:
    assert statuses(picture) == {410}
    post = publish(blog.slug, content(picture), by="ines", now=clock.tick())
    assert statuses(picture) == {200}
    withdraw(blog.slug, post.pk, note="Wrong place.", by="ines", now=clock.tick())
    assert statuses(picture) == {410}


@pytest.mark.parametrize("action", [update, correct])
def test_picture_that_a_new_revision_leaves_out_is_gone(blog, picture, clock, action) -> None:
    post = publish(blog.slug, content(picture), by="ines", now=clock.tick())
    better = upload(blog, clock)
    action(blog.slug, post.pk, content(better), note="Other wall.", by="ines", now=clock.tick(), based_on=1)
    assert (statuses(picture), statuses(better)) == ({410}, {200})
    update(blog.slug, post.pk, content(picture), by="ines", now=clock.tick(), based_on=2)
    assert (statuses(picture), statuses(better)) == ({200}, {410})


def test_picture_of_two_posts_stands_until_both_are_withdrawn(blog, picture, clock) -> None:
    posts = [publish(blog.slug, content(picture), by="ines", now=clock.tick()) for _ in range(2)]
    withdraw(blog.slug, posts[0].pk, note="Twice.", by="ines", now=clock.tick())
    assert statuses(picture) == {200}
    withdraw(blog.slug, posts[1].pk, note="Wrong.", by="ines", now=clock.tick())
    assert statuses(picture) == {410}


def test_caches_may_keep_a_picture_for_a_minute_and_must_ask_again(blog, picture, clock) -> None:
    post = publish(blog.slug, content(picture), by="ines", now=clock.tick())
    address = f"/media/{picture.pk}-60.webp"
    response = Client().get(address)
    assert response["Cache-Control"] == "public, max-age=60, must-revalidate"
    assert response["Content-Type"] == "image/webp" and response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies
    copy = {"if-none-match": response["ETag"]}
    assert Client().get(address, headers=copy).status_code == 304
    assert Client().head(address).status_code == 200 and Client().post(address).status_code == 405
    withdraw(blog.slug, post.pk, note="Wrong.", by="ines", now=clock.tick())
    gone = Client().get(address, headers=copy)
    assert gone.status_code == 410 and gone["Cache-Control"] == "public, max-age=10"


@pytest.mark.parametrize(
    "name",
    ["../secret.key", "..%2fsecret.key", "x-100.webp", "a" * 32 + "-100.png", "a" * 32 + "-100.webp", "decoder.lock"],
)
def test_other_names_are_404(db, client: Client, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_desk_of_the_live_blog_sees_a_picture_that_readers_do_not(blog, other_blog, picture, clock, tmp_path) -> None:
    (tmp_path / f"{picture.pk}.c2pa").write_bytes(b"manifest")
    desk, elsewhere = Client(), Client()
    desk.force_login(create_user("tom", "correct-horse-9", "reporter", blog=blog))
    elsewhere.force_login(create_user("eve", "correct-horse-9", "editor", blog=other_blog))
    for name in (*FILES, ".c2pa"):
        own, foreign = (f"/desk/live/{slug}/pictures/{picture.pk}{name}" for slug in (blog.slug, other_blog.slug))
        response = desk.get(own)
        assert response.status_code == 200 and "no-store" in response["Cache-Control"], name
        assert elsewhere.get(own).status_code == 404 and elsewhere.get(foreign).status_code == 404
        assert Client().get(own).status_code == 302
    publish(blog.slug, content(picture), by="ines", now=clock.tick())
    assert Client().get(f"/media/{picture.pk}.c2pa").status_code == 404


def test_page_gives_a_transparent_picture_its_ground(blog, clock, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    out = BytesIO()
    Image.new("RGBA", (60, 40), (0, 0, 80, 128)).save(out, "PNG")
    drawing = store_picture(BytesIO(out.getvalue()), blog=blog, by="ines", now=clock())
    publish(blog.slug, content(drawing), by="ines", now=clock.tick())
    assert 'class="picture picture--on-light"' in Client().get("/live/storm-maren").content.decode()


def test_alert_is_mailed_without_a_picture_that_left_its_post(blog, picture, clock) -> None:
    post = publish(blog.slug, content(picture), by="ines", now=clock.tick())
    request = SendRequest(blog.slug, post.pk, subject="Alarm", summary="One.", picture=picture.pk)
    alert = send_alert(request, by="ines", now=clock.tick())
    assert build_alert_content(alert).picture is not None
    update(blog.slug, post.pk, content(), by="ines", now=clock.tick(), based_on=1)
    assert build_alert_content(alert).picture is None


def test_unpublished_picture_of_another_live_blog_cannot_be_used(blog, other_blog, picture, clock) -> None:
    with pytest.raises(InvalidContentError, match="no such picture") as refused:
        publish(other_blog.slug, content(picture), by="eve", now=clock.tick())
    assert refused.value.field == "pictures"
    publish(blog.slug, content(picture), by="ines", now=clock.tick())
    publish(other_blog.slug, content(picture), by="eve", now=clock.tick() + timedelta(seconds=1))
    assert statuses(picture) == {200}
