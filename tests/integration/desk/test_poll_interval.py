"""The interval between polls is set at the desk, and open pages receive it with their next poll."""

import json

import pytest
from django.test import Client

from stoppress.coverage.actions import edit_blog
from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import find_blog
from tests.support.clocks import Clock


def wait(client: Client, blog: LiveBlog) -> int:
    now = find_blog(blog.slug)
    return int(json.loads(client.get(f"/live/{blog.slug}/changes/{now.epoch}-{now.seq}").content)["wait"])


def test_poll_interval_set_at_the_desk_reaches_readers(client: Client, blog: LiveBlog, clock: Clock) -> None:
    head = {"headline": blog.headline, "standfirst": blog.standfirst, "zone": blog.zone}
    assert wait(client, blog) == 5
    edit_blog(blog.slug, **head, poll_wait=20, by="ines", now=clock.tick())
    assert wait(client, blog) == 20
    edit_blog(blog.slug, **head, by="ines", now=clock.tick())
    assert wait(client, blog) == 20


@pytest.mark.parametrize("seconds", [0, 1, 121])
def test_poll_interval_out_of_range_is_refused(blog: LiveBlog, clock: Clock, seconds: int) -> None:
    with pytest.raises(InvalidContentError):
        edit_blog(
            blog.slug, headline="A", standfirst="", zone=blog.zone, poll_wait=seconds, by="ines", now=clock.tick()
        )
