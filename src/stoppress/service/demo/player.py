"""Play the demo's story through the same actions as the desk: the past at once, the rest beat by beat."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from stoppress.alerts.actions import SendRequest, compose, halt_for_post, send_alert
from stoppress.coverage import actions
from stoppress.coverage.choices import BlogState
from stoppress.coverage.html_sanitiser import paragraphs_to_html
from stoppress.coverage.models import Post
from stoppress.coverage.pictures.store import store_picture
from stoppress.coverage.post_content import Content, PictureUse
from stoppress.coverage.public_posts import build_post_views, find_blog, revision_content
from stoppress.service.demo.story import FOLDER, Beat, Story

log = logging.getLogger(__name__)
EDITOR = "Ines Okafor"


class StoryPlayer:
    """Play one story.

    Args:
        story: the beats.
        clock: returns the time in UTC.
        speed: factor by which the story runs faster than written.
    """

    def __init__(self, story: Story, clock: Callable[[], datetime], speed: float) -> None:
        self.slug = story.slug
        self._story, self._clock, self._speed = story, clock, speed
        self._ids: dict[str, UUID] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play, name="story", daemon=True)

    def begin(self) -> None:
        """Open the live blog with all beats before now."""
        story, now = self._story, self._clock()
        past = [beat for beat in story.beats if beat.before is not None]
        actions.open_blog(
            slug=story.slug,
            headline=story.headline,
            standfirst="\n\n".join(story.standfirst),
            zone=story.zone,
            by=EDITOR,
            now=now,
            state=BlogState.LIVE,
            state_at=now - timedelta(minutes=max((beat.before or 0 for beat in past), default=0)),
        )
        for beat in past:
            self.act(beat, now - timedelta(minutes=beat.before or 0))

    def start(self) -> None:
        """Play the rest in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop between two beats."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _play(self) -> None:
        try:
            for beat in self._story.beats:
                if beat.before is None:
                    if self._stop.wait(beat.after / self._speed):
                        return
                    self.act(beat)
        except Exception:
            log.exception("demo story failed; the demo keeps serving")
        finally:
            connections.close_all()

    def act(self, beat: Beat, published_at: datetime | None = None) -> None:
        """Perform one beat."""
        getattr(self, f"_{beat.do}")(beat, published_at)

    def _publish(self, beat: Beat, published_at: datetime | None) -> None:
        post = actions.publish(
            self._story.slug,
            self._content(beat),
            by=(beat.bylines or (EDITOR,))[0],
            now=self._clock(),
            published_at=published_at,
            labels=beat.labels,
        )
        self._ids[beat.key] = post.pk

    def _update(self, beat: Beat, _: datetime | None) -> None:
        content, based_on = self._changed_content(beat)
        actions.update(
            self._story.slug,
            self._ids[beat.key],
            content,
            by=EDITOR,
            now=self._clock(),
            based_on=based_on,
            note=beat.note,
        )

    def _correct(self, beat: Beat, _: datetime | None) -> None:
        content, based_on = self._changed_content(beat)
        actions.correct(
            self._story.slug,
            self._ids[beat.key],
            content,
            note=beat.note,
            by=EDITOR,
            now=self._clock(),
            based_on=based_on,
        )
        halt_for_post(self._ids[beat.key], now=self._clock())

    def _withdraw(self, beat: Beat, _: datetime | None) -> None:
        actions.withdraw(self._story.slug, self._ids[beat.key], note=beat.note, by=EDITOR, now=self._clock())
        halt_for_post(self._ids[beat.key], now=self._clock())

    def _pin(self, beat: Beat, _: datetime | None) -> None:
        actions.pin(self._story.slug, self._ids[beat.key], on=True, by=EDITOR, now=self._clock())

    def _alert(self, beat: Beat, _: datetime | None) -> None:
        blog = find_blog(self._story.slug)
        post = Post.objects.select_related("revision").get(pk=self._ids[beat.key])
        request = SendRequest(blog.slug, post.pk, urgency=beat.urgency)
        draft = compose(blog, build_post_views(blog, [post])[0], request)
        request = replace(request, subject=draft.subject, summary=draft.summary)
        send_alert(request, by=EDITOR, now=self._clock())

    def _content(self, beat: Beat) -> Content:
        return Content(
            headline=beat.headline,
            body=paragraphs_to_html(beat.paragraphs),
            bylines=beat.bylines,
            sources=beat.sources,
            pictures=(self._picture(beat),) if beat.picture else (),
        )

    def _picture(self, beat: Beat) -> PictureUse:
        with (FOLDER / beat.picture["file"]).open("rb") as file:
            picture = store_picture(file, blog=find_blog(self._story.slug), by=EDITOR, now=self._clock())
        return PictureUse(picture.pk, beat.picture["alt"], beat.picture["caption"], beat.picture["credit"])

    def _changed_content(self, beat: Beat) -> tuple[Content, int]:
        """Return the post's content changed by the beat, and the revision it is based on."""
        revision = Post.objects.select_related("revision").get(pk=self._ids[beat.key]).revision
        assert revision is not None, "a post is created together with its first revision"
        old = revision_content(revision)
        content = Content(
            headline=beat.headline or old.headline,
            body=paragraphs_to_html(beat.paragraphs) or old.body,
            bylines=old.bylines,
            sources=old.sources,
            pictures=old.pictures,
        )
        return content, revision.number
