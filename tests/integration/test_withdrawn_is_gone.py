"""A withdrawal walks through everything a process keeps: a second later the text is in none of it (law 5)."""

import gc
import json
import time
import urllib.request

import pytest

from stoppress.coverage import actions, hints
from stoppress.coverage.content import Content
from stoppress.coverage.reading import find_blog
from stoppress.edge import changes
from stoppress.edge.fragments import fragments
from stoppress.edge.memory import memory
from stoppress.edge.renditions import ENCODERS, Rendition
from stoppress.edge.views.kept import pages
from tests.serving import wait_until
from tests.wires import Wire

pytestmark = pytest.mark.django_db(transaction=True)
SLUG, SECRET = "storm-maren", "The mayor has drowned"


def addresses(posts) -> list[str]:  # type: ignore[no-untyped-def]
    epoch = find_blog(SLUG).epoch
    own = [f"/live/{SLUG}/posts/{post.pk}" for post in posts[-3:]]
    older = [f"/live/{SLUG}/before/{post.pk}" for post in posts[-3:]]
    cursors = [f"/live/{SLUG}/changes/{epoch}-{seq}" for seq in (1, 20, 24, 26)]
    return ["/", f"/live/{SLUG}", *own, *older, *cursors]


def everything_kept() -> list[bytes]:
    """Every body that this process holds in any memory of answers."""
    found = [answer.body for answer in memory.texts()]
    found += [answer._whole for answer in memory.texts()]
    for rendition in [page.rendition for page in pages.made()] + changes.kept.made():
        found += rendition._made.values()
    return found


@pytest.mark.parametrize("hinted", [True, False], ids=["hinted", "the hint is lost"])
def test_withdrawn_text_is_gone_everywhere_within_a_second(blog, serving, clock, monkeypatch, hinted):
    posts = [actions.publish(SLUG, Content(headline=f"Line {n}"), by="tom", now=clock.tick()) for n in range(24)]
    content = Content(headline=SECRET, body=f"<p>{SECRET}, a witness says.</p>" * 10)
    posts.append(actions.publish(SLUG, content, by="tom", now=clock.tick(), labels=("key-event",)))
    posts.append(actions.publish(SLUG, Content(headline="Later"), by="tom", now=clock.tick()))
    wait_until(lambda: SECRET.encode() in read(serving, f"/live/{SLUG}"))
    with Wire(serving.port) as wire:
        for encoding in ["", *ENCODERS]:
            for path in addresses(posts) * 2:
                wire.ask(path, **{"Accept-Encoding": encoding})
    shown = [path for path in addresses(posts) if SECRET.encode() in read(serving, path)]
    assert len(shown) >= 5 and fragments.holds(SECRET)

    if not hinted:
        monkeypatch.setattr(hints, "ring", lambda topic: None)
    actions.withdraw(SLUG, posts[24].pk, note="It is not so.", by="ines", now=clock.tick())
    withdrawn = time.monotonic()
    wait_until(lambda: not any(SECRET.encode() in read(serving, path) for path in addresses(posts)), 5, 0.01)
    wait_until(lambda: not any(SECRET.encode() in body for body in everything_kept()), 5, 0.01)
    wait_until(lambda: not fragments.holds(SECRET), 5, 0.01)
    took = time.monotonic() - withdrawn
    assert took < (1.0 if hinted else 1.5), f"gone after {took:.2f} s"  # without a hint: two looks, on a busy machine

    with Wire(serving.port) as wire:
        for encoding in ["", *ENCODERS]:
            for path in addresses(posts):
                answer = wire.ask(path, **{"Accept-Encoding": encoding})
                assert SECRET.encode() not in decoded(answer)
        tombstone = wire.ask(f"/live/{SLUG}/posts/{posts[24].pk}")
    assert tombstone.status == 410 and b"It is not so." in tombstone.body
    wait_until(lambda: not held(SECRET), 5)


def held(text: str) -> list[Rendition]:
    """Renditions anywhere in this process, in a cache or forgotten by it, that still hold `text`."""
    return [
        found
        for found in gc.get_objects()
        if type(found) is Rendition and any(text.encode() in b for b in found._made.values())
    ]


def decoded(answer) -> bytes:  # type: ignore[no-untyped-def]
    import gzip

    import brotli
    import zstandard

    ways = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}
    encoding = answer.get("content-encoding")
    return ways[encoding](answer.body) if encoding else answer.body


def read(serving, path: str) -> bytes:  # type: ignore[no-untyped-def]
    try:
        with urllib.request.urlopen(f"{serving.url}{path}", timeout=10) as response:
            return response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.read()


def test_structured_data_counts_and_key_events_follow(blog, serving, clock):
    kept = actions.publish(SLUG, Content(headline="Stands"), by="tom", now=clock.tick(), labels=("key-event",))
    gone = actions.publish(SLUG, Content(headline=SECRET), by="tom", now=clock.tick(), labels=("key-event",))
    assert b"2 posts" in read(serving, f"/live/{SLUG}")
    actions.withdraw(SLUG, gone.pk, note="It is not so.", by="ines", now=clock.tick())
    page = read(serving, f"/live/{SLUG}").decode()
    data = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert "1 post<" in page and SECRET not in page
    assert [update["headline"] for update in data["liveBlogUpdate"]] == ["Withdrawn post", "Stands"]
    assert page.count(f'data-jump="post-{kept.pk}"') == 2 and f'data-jump="post-{gone.pk}"' not in page
