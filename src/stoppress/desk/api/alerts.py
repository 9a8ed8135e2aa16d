"""API operations on alerts, with the same actions and the same preflight as the desk."""

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
from stoppress.desk.api.authentication import caller_name, require_scope_on_blog
from stoppress.desk.api.idempotency import respond_once, respond_once_outside_transaction
from stoppress.desk.api.post_schemas import Problem
from stoppress.desk.internal_fetch import fetch_own_status

router = Router(tags=["Alerts"])
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


@router.post("/{slug}/alerts", response={201: ReceiptOut, **PROBLEMS}, summary="Send an alert")
def new_alert(request: HttpRequest, slug: str, payload: NewAlert) -> HttpResponse:
    """Send an alert to all subscribers of a topic. An `Idempotency-Key` header or your own `id` makes retries safe.

    The same rules apply as at the desk: the preflight, and a second editor's approval above the newsroom's limit.
    """
    blog = require_scope_on_blog(request, "alerts:send", slug)
    by = caller_name(request)
    return respond_once(request, 201, lambda now: _send(blog, payload, by, now), lambda before: before)


@router.get("/{slug}/alerts/{alert_id}", response={200: ReceiptOut, **PROBLEMS}, summary="The receipt of an alert")
def show_receipt(request: HttpRequest, slug: str, alert_id: UUID) -> dict[str, Any]:
    """Return the deliveries by state, the delivery speed and the decisions of editors."""
    blog = require_scope_on_blog(request, "alerts:read", slug)
    return _receipt_json(actions.find_alert(blog, alert_id), timezone.now())


@router.post("/{slug}/alerts/{alert_id}/halt", response={200: ReceiptOut, **PROBLEMS}, summary="Halt an alert")
def halt_alert(request: HttpRequest, slug: str, alert_id: UUID) -> HttpResponse:
    """Halt all deliveries that are not sent yet. A repeated request changes nothing; an editor can resume the alert."""
    blog = require_scope_on_blog(request, "alerts:send", slug)

    def act(now: datetime) -> dict[str, Any]:
        actions.kill_alert(actions.find_alert(blog, alert_id), by=caller_name(request), now=now)
        return _receipt_json(actions.find_alert(blog, alert_id), now)

    return respond_once_outside_transaction(request, 200, act)  # the halt is committed before the response is stored


def _send(blog: LiveBlog, payload: NewAlert, by: str, now: datetime) -> dict[str, Any]:
    request = _build_request(blog, payload)
    if not actions.find_earlier_alert(request):
        raise_if_blocked(check_draft(actions.compose(blog, _find_view(blog, payload.post), request), fetch_own_status))
    return _receipt_json(actions.send_alert(request, by=by, now=now), now)


def _build_request(blog: LiveBlog, payload: NewAlert) -> actions.SendRequest:
    lifetime = timedelta(minutes=payload.stale_after_minutes) if payload.stale_after_minutes else None
    return actions.SendRequest(
        blog_slug=blog.slug,
        post_id=payload.post,
        alert_id=payload.id or uuid4(),
        topic=payload.topic,
        urgency=payload.urgency,
        subject=payload.subject,
        headline=payload.headline,
        summary=payload.summary,
        picture=payload.picture,
        variants={language: variant.model_dump() for language, variant in payload.variants.items()},
        corrects=payload.corrects,
        note=payload.note,
        based_on=payload.revision,
        again=payload.again,
        terms=actions.SendTerms(timedelta(seconds=payload.undo_seconds), lifetime, settings.APPROVAL_THRESHOLD),
    )


def _find_view(blog: LiveBlog, post_id: UUID | None) -> PostView | None:
    if post_id is None:
        return None
    post = Post.objects.filter(blog=blog, pk=post_id).select_related("revision").first()
    if post is None:
        raise PostNotFoundError(post_id)
    return build_post_views(blog, [post])[0]


def _receipt_json(alert: Alert, now: datetime) -> dict[str, Any]:
    receipt = actions.load_receipt(alert)
    values = receipt_as_json(alert, receipt, delivery_speed(alert, receipt, now=now))
    return ReceiptOut(**values).model_dump(mode="json")
