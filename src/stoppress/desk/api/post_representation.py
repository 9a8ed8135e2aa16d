"""JSON of posts, built from the public view of a post by an allow-list."""

from typing import Any

from stoppress.alerts.actions import HaltResult
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.public_posts import PostView, build_post_views
from stoppress.desk.api.post_schemas import AlertsOut, ChangedPostOut, NoteOut, PictureSchema, PostOut, SourceSchema


def post_json(blog: LiveBlog, post: Post) -> dict[str, Any]:
    """Return one post as JSON values."""
    return PostOut(**_fields(_view(blog, post))).model_dump(mode="json")


def changed_post_json(blog: LiveBlog, post: Post, halted: HaltResult) -> dict[str, Any]:
    """Return a corrected or withdrawn post as JSON values, with the effect on its alerts."""
    alerts = AlertsOut(halted=halted.halted, already_sent=halted.already_sent)
    return ChangedPostOut(**_fields(_view(blog, post)), alerts=alerts).model_dump(mode="json")


def hide_withdrawn_text(blog: LiveBlog, answer: dict[str, Any]) -> dict[str, Any]:
    """Return a stored response; without the text if its post has been withdrawn since."""
    post = Post.objects.filter(blog=blog, pk=answer["id"], withdrawn_at__isnull=False).first()
    return answer if post is None else answer | post_json(blog, post)


def posts_out(views: list[PostView]) -> list[PostOut]:
    """Return the schemas of several posts in the given order."""
    return [PostOut(**_fields(view)) for view in views]


def _view(blog: LiveBlog, post: Post) -> PostView:
    saved = Post.objects.select_related("revision").get(pk=post.pk)
    return build_post_views(blog, [saved])[0]


def _fields(view: PostView) -> dict[str, Any]:
    content = view.content
    return {
        "id": view.id,
        "url": newsroom().absolute_url(view.path),
        "revision": view.revision,
        "published_at": view.published_at,
        "updated_at": view.updated_at,
        "happened_at": view.happened_at,
        "withdrawn_at": view.withdrawn_at,
        "headline": content.headline,
        "html": content.body,
        "text": view.text,
        "bylines": list(content.bylines),
        "sources": [SourceSchema(name=source.name, via=source.via) for source in content.sources],
        "pictures": [PictureSchema(id=p.id, alt=p.alt, caption=p.caption, credit=p.credit) for p in view.pictures],
        "labels": list(view.labels),
        "language": content.language,
        "notes": [NoteOut(kind=note.kind, text=note.text, at=note.at) for note in view.notes],
    }
