"""Safe retries: the first response to an Idempotency-Key is stored and returned again.

    store key and request digest ──► action ──► store response ──► commit: all of it, or nothing

A retry that arrives meanwhile waits for that commit and gets the same response. A key is bound to its token and to the
method, path and body of the first request. The same key with another request is refused with 409.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from stoppress.desk.api.authentication import calling_token
from stoppress.desk.models import ApiToken, IdempotentResponse
from stoppress.desk.problem_details import ApiError

KEY_LIFETIME = timedelta(days=2)
KEY = re.compile(r"[\x21-\x7e]{1,200}")
Body = dict[str, Any]


def respond_once(
    request: HttpRequest, status: int, act: Callable[[datetime], Body], again: Callable[[Body], Body]
) -> JsonResponse:
    """Run an action and respond with its result; a retry with the same key gets the first response.

    Args:
        request: the request.
        status: the HTTP status of the response.
        act: the action; takes the time and returns the body.
        again: takes the first body and returns it without content that must not be shown any more.

    Raises:
        ApiError: 400 if the key is malformed, 409 if it was used for another request.
    """
    now, key = timezone.now(), _parse_key(request)
    if not key:
        return JsonResponse(act(now), status=status)
    with transaction.atomic():
        answer, first = _claim(calling_token(request), key, _request_digest(request), status, now)
        if not first:
            return _replay(answer, again)
        answer.body = act(now)
        answer.save(update_fields=["body"])
    return JsonResponse(answer.body, status=status)


def respond_once_outside_transaction(
    request: HttpRequest, status: int, act: Callable[[datetime], Body]
) -> JsonResponse:
    """Do the same for an action that must not run in a transaction; the response is stored afterwards.

    Two copies of a request that arrive at the same moment both run the action, so it must be idempotent.
    """
    now, key = timezone.now(), _parse_key(request)
    if not key:
        return JsonResponse(act(now), status=status)
    token, digest = calling_token(request), _request_digest(request)
    if earlier := IdempotentResponse.objects.filter(token=token, key=key, created_at__gte=now - KEY_LIFETIME).first():
        _check_same_request(earlier, digest)
        return _replay(earlier, lambda body: body)
    body = act(now)
    with transaction.atomic():
        answer, first = _claim(token, key, digest, status, now)
        if first:
            answer.body = body
            answer.save(update_fields=["body"])
    return JsonResponse(body, status=status)


def _parse_key(request: HttpRequest) -> str:
    """Return the key of the request, empty if it has none; raise ApiError 400 if it is malformed."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not KEY.fullmatch(key):
        raise ApiError(
            400, "bad-key", "Malformed Idempotency-Key", "It must have 1 to 200 visible ASCII characters and no spaces."
        )
    return key


def _replay(answer: IdempotentResponse, again: Callable[[Body], Body]) -> JsonResponse:
    return JsonResponse(again(answer.body), status=answer.status, headers={"Idempotency-Replayed": "true"})


def _claim(token: ApiToken, key: str, digest: str, status: int, now: datetime) -> tuple[IdempotentResponse, bool]:
    """Return the row of this key and True if it is new; raise ApiError 409 if it belongs to another request."""
    IdempotentResponse.objects.filter(created_at__lt=now - KEY_LIFETIME).delete()
    try:
        with transaction.atomic():
            values = {"request_digest": digest, "status": status, "body": {}, "created_at": now}
            return IdempotentResponse.objects.create(token=token, key=key, **values), True
    except IntegrityError:
        answer = IdempotentResponse.objects.get(token=token, key=key)
    _check_same_request(answer, digest)
    return answer, False


def _check_same_request(answer: IdempotentResponse, digest: str) -> None:
    if answer.request_digest != digest:
        raise ApiError(
            409,
            "key-reused",
            "The Idempotency-Key was used for another request",
            "Nothing was done. A key belongs to one method, path and body: repeat that request unchanged to get its "
            "response again, or choose a new key for this one.",
        )


def _request_digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
