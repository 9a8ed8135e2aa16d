"""The operations on alerts. Each goes through the same actions, and the same preflight, as the desk."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from stoppress.alerts import actions
from stoppress.alerts.preflight import check_draft, raise_if_blocked
from stoppress.alerts.receipts.delivery_speed import delivery_speed
from stoppress.alerts.receipts.export_rows import receipt_as_json
from stoppress.coverage.errors import PostNotFoundError
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.public_posts import PostView, build_post_views
from stoppress.delivery.models import Alert
from stoppress.desk.api.alert_schemas import NewAlert, ReceiptOut
from stoppress.desk.api.authentication import require_scope_on_blog, caller_name
from stoppress.desk.api.idempotency import respond_once, respond_once_outside_transaction
from stoppress.desk.api.post_schemas import Problem
from stoppress.desk.internal_fetch import fetch_own_status

router = Router(tags=["Alerts"])
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


@router.post("/{slug}/alerts", response={201: ReceiptOut, **PROBLEMS}, summary="Send an alert")
def new_alert(request: HttpRequest, slug: str, given: NewAlert) -> HttpResponse:
    """To all readers of a topic, at once. An `Idempotency-Key` header or an `id` of your own makes a retry harmless.

    It is held to what the desk is: the preflight, and a second editor's word above the newsroom's limit.
    """
    blog = require_scope_on_blog(request, "alerts:send", slug)
    by = caller_name(request)
    return respond_once(request, 201, lambda now: _sent(blog, given, by, now), lambda before: before)


@router.get("/{slug}/alerts/{alert_id}", response={200: ReceiptOut, **PROBLEMS}, summary="The receipt of an alert")
def show_receipt(request: HttpRequest, slug: str, alert_id: UUID) -> dict[str, Any]:
    """Where its deliveries stand now, how fast it went, what editors did."""
    blog = require_scope_on_blog(request, "alerts:read", slug)
    return _receipt(actions.find_alert(blog, alert_id), timezone.now())


@router.post("/{slug}/alerts/{alert_id}/halt", response={200: ReceiptOut, **PROBLEMS}, summary="Halt an alert")
def halt_alert(request: HttpRequest, slug: str, alert_id: UUID) -> HttpResponse:
    """The kill switch: what has not left stays. Halting twice changes nothing; an editor can let it go on."""
    blog = require_scope_on_blog(request, "alerts:send", slug)

    def act(now: datetime) -> dict[str, Any]:
        actions.kill_alert(actions.find_alert(blog, alert_id), by=caller_name(request), now=now)
        return _receipt(actions.find_alert(blog, alert_id), now)

    return respond_once_outside_transaction(request, 200, act)  # the halt is committed before its answer is kept


def _sent(blog: LiveBlog, given: NewAlert, by: str, now: datetime) -> dict[str, Any]:
    request = _request(blog, given)
    if not actions.find_earlier_alert(request):
        raise_if_blocked(check_draft(actions.compose(blog, _view(blog, given.post), request), fetch_own_status))
    return _receipt(actions.send_alert(request, by=by, now=now), now)


def _request(blog: LiveBlog, given: NewAlert) -> actions.SendRequest:
    life = timedelta(minutes=given.stale_after_minutes) if given.stale_after_minutes else None
    return actions.SendRequest(
        blog_slug=blog.slug,
        post_id=given.post,
        alert_id=given.id or uuid4(),
        topic=given.topic,
        urgency=given.urgency,
        subject=given.subject,
        summary=given.summary,
        picture=given.picture,
        variants={language: variant.model_dump() for language, variant in given.variants.items()},
        corrects=given.corrects,
        based_on=given.revision,
        again=given.again,
        terms=actions.SendTerms(timedelta(seconds=given.undo_seconds), life, settings.APPROVAL_THRESHOLD),
    )


def _view(blog: LiveBlog, post_id: UUID | None) -> PostView | None:
    if post_id is None:
        return None
    post = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if post is None:
        raise PostNotFoundError(post_id)
    return build_post_views(blog, [post])[0]


def _receipt(alert: Alert, now: datetime) -> dict[str, Any]:
    found = actions.load_receipt(alert)
    return ReceiptOut(**receipt_as_json(alert, found, delivery_speed(alert, found, now=now))).model_dump(mode="json")
