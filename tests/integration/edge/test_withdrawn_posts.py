"""A second after a withdrawal or correction, no memory of the process and no response contains the text."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import connections

from stoppress.coverage import actions
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import find_blog
from stoppress.edge.cache.compressed_body import ENCODERS
from stoppress.edge.render.post_cache import post_cache
from stoppress.runtime import notifications
from stoppress.syndication.feeds.feed_content import FEED_MEDIA_TYPES
from tests.support.clocks import Clock
from tests.support.memory_search import SplitText, find_holders
from tests.support.raw_http import RawConnection
from tests.support.web_server import Serving, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SLUG = "storm-maren"
MAX_SECONDS = 1.0


def publish_secret(secret: SplitText, clock: Clock) -> UUID:
    """Publish a post with the secret in headline and text; return its id."""
    content = Content(headline=str(secret), body=f"<p>{secret}, a witness says.</p>" * 10)
    return actions.publish(SLUG, content, by="tom", now=clock.tick(), labels=("key-event",)).pk


def withdraw(post_id: UUID, clock: Clock) -> None:
    actions.withdraw(SLUG, post_id, note="It is not so.", by="ines", now=clock.tick())


def correct(post_id: UUID, clock: Clock) -> None:
    harmless = Content(headline="He is well", body="<p>He is well.</p>")
    actions.correct(SLUG, post_id, harmless, note="It is not so.", by="ines", now=clock.tick(), based_on=1)


def addresses(ids: list[UUID]) -> list[str]:
    epoch = find_blog(SLUG).epoch
    own = [f"/live/{SLUG}/posts/{post}" for post in ids]
    older = [f"/live/{SLUG}/{way}/{post}" for post in ids for way in ("before", "after")]
    cursors = [f"/live/{SLUG}/changes/{epoch}-{seq}" for seq in (1, 20, 24, 26)]
    machines = [*(f"/live/{SLUG}/feed.{form}" for form in FEED_MEDIA_TYPES), f"/live/{SLUG}/blog.jsonld"]
    whole = [f"/live/{SLUG}{page}" for page in ("", "/from-the-start", "/lite")]
    return ["/", *whole, f"/embed/{SLUG}", *own, *older, *cursors, *machines]


def addresses_showing(secret: SplitText, serving: Serving, ids: list[UUID]) -> list[str]:
    """Return the addresses whose responses contain the secret, with the content coding."""
    with RawConnection(serving.port) as client:
        requests = [(path, encoding) for path in addresses(ids) for encoding in ["", *ENCODERS]]
        return [f"{path} {way}" for path, way in requests if shows(client, path, way, secret)]


def shows(client: RawConnection, path: str, encoding: str, secret: SplitText) -> bool:
    return bytes(secret) in client.fetch(path, **{"Accept-Encoding": encoding}).decoded_body


@contextmanager
def constant_requests(port: int, ids: list[UUID]) -> Iterator[None]:
    """Fetch all addresses constantly, so that responses are being rendered whenever a change is committed."""
    done = threading.Event()

    def fetch_all() -> None:
        with RawConnection(port) as client:
            while not done.wait(0.02):
                for path in addresses(ids):
                    client.fetch(path, **{"Accept-Encoding": "br"})

    thread = threading.Thread(target=fetch_all)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        connections.close_all()


@pytest.mark.parametrize("notified", [True, False], ids=["notified", "the notification is lost"])
@pytest.mark.parametrize("remove", [withdraw, correct])
def test_removed_text_is_gone_everywhere_within_a_second(
    blog: LiveBlog,
    serving: Serving,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    remove: Callable[[UUID, Clock], None],
    notified: bool,
) -> None:
    secret = SplitText.random()
    ids = [actions.publish(SLUG, Content(headline=f"Line {n}"), by="tom", now=clock.tick()).pk for n in range(24)]
    with RawConnection(serving.port) as stream:
        stream.send(stream.build_request(f"/live/{SLUG}/stream"))
        wait_until(lambda: serving.readers == 1)
        ids += [publish_secret(secret, clock)]
        ids += [actions.publish(SLUG, Content(headline="Later"), by="tom", now=clock.tick()).pk]
        wait_until(lambda: any("/live/storm-maren " in shown for shown in addresses_showing(secret, serving, ids[-3:])))
        shown = addresses_showing(secret, serving, ids[-3:])
        assert len(shown) == 4 * 20 and post_cache.contains_text(str(secret)), shown
        holders = find_holders(secret)
        assert len(holders) > 20, holders
        assert any("deque" in holder for holder in holders), holders  # the replay buffer

        if not notified:
            monkeypatch.setattr(notifications, "notify", lambda event: None)
        with constant_requests(serving.port, ids[-3:]):
            remove(ids[24], clock)
            time.sleep(MAX_SECONDS)
            assert addresses_showing(secret, serving, ids[-3:]) == []
            assert find_holders(secret) == []
        assert serving.readers == 1
    with RawConnection(serving.port) as client:
        own = client.fetch(f"/live/{SLUG}/posts/{ids[24]}")
    assert own.status == (410 if remove is withdraw else 200) and b"It is not so." in own.body


def test_structured_data_counts_and_key_events_follow_a_withdrawal(
    blog: LiveBlog, serving: Serving, clock: Clock
) -> None:
    secret = "The mayor has drowned"
    kept = actions.publish(SLUG, Content(headline="Stands"), by="tom", now=clock.tick(), labels=("key-event",))
    gone = actions.publish(SLUG, Content(headline=secret), by="tom", now=clock.tick(), labels=("key-event",))
    assert b"2 posts" in read(serving, f"/live/{SLUG}")
    actions.withdraw(SLUG, gone.pk, note="It is not so.", by="ines", now=clock.tick())
    page = read(serving, f"/live/{SLUG}").decode()
    data = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert "1 post<" in page and secret not in page
    assert [update["headline"] for update in data["liveBlogUpdate"]] == ["Withdrawn post", "Stands"]
    assert page.count(f'data-jump="post-{kept.pk}"') == 2 and f'data-jump="post-{gone.pk}"' not in page


def read(serving: Serving, path: str) -> bytes:
    with urllib.request.urlopen(f"{serving.url}{path}", timeout=10) as response:
        return bytes(response.read())
