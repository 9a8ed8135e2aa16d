"""Make a retry harmless: the first answer to an Idempotency-Key is kept and given again.

    key and its digest are written ──► the action ──► the answer is written ──► commit: all of it, or nothing

A retry that arrives meanwhile waits for that commit, and gets the answer of the first request. A key is bound to its
token and to method, path and body of the first request; with anything else it is refused (409), and nothing is done.
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
from stoppress.desk.models import IdempotentResponse, ApiToken
from stoppress.desk.problem_details import ApiError

KEY_LIFETIME = timedelta(days=2)
KEY = re.compile(r"[\x21-\x7e]{1,200}")
Body = dict[str, Any]


def respond_once(
    request: HttpRequest, status: int, act: Callable[[datetime], Body], again: Callable[[Body], Body]
) -> JsonResponse:
    """Run `act` and answer with what it returns; a retry under the same key gets the first answer.

    `again` looks at the first answer before it is given once more, and takes out what must not be shown since.
    """
    now, key = timezone.now(), _key(request)
    if not key:
        return JsonResponse(act(now), status=status)
    with transaction.atomic():
        answer, first = _claim(calling_token(request), key, _digest(request), status, now)
        if not first:
            return _replayed(answer, again)
        answer.body = act(now)
        answer.save(update_fields=["body"])
    return JsonResponse(answer.body, status=status)


def respond_once_outside_transaction(request: HttpRequest, status: int, act: Callable[[datetime], Body]) -> JsonResponse:
    """Run `act`, which must not run in a transaction, like `once`; its answer is kept after it.

    For actions that are harmless when two copies of a request arrive at the same moment, as both of them run.
    """
    now, key = timezone.now(), _key(request)
    if not key:
        return JsonResponse(act(now), status=status)
    token, digest = calling_token(request), _digest(request)
    if earlier := IdempotentResponse.objects.filter(token=token, key=key, created_at__gte=now - KEY_LIFETIME).first():
        _refuse_other(earlier, digest)
        return _replayed(earlier, lambda body: body)
    body = act(now)
    with transaction.atomic():
        answer, first = _claim(token, key, digest, status, now)
        if first:
            answer.body = body
            answer.save(update_fields=["body"])
    return JsonResponse(body, status=status)


def _key(request: HttpRequest) -> str:
    """Return the request's key, empty if it has none. Raises ApiError 400 if it is malformed."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not KEY.fullmatch(key):
        raise ApiError(400, "bad-key", "Bad Idempotency-Key", "1 to 200 visible ASCII characters, no spaces.")
    return key


def _replayed(answer: IdempotentResponse, again: Callable[[Body], Body]) -> JsonResponse:
    return JsonResponse(again(answer.body), status=answer.status, headers={"Idempotency-Replayed": "true"})


def _claim(token: ApiToken, key: str, digest: str, status: int, now: datetime) -> tuple[IdempotentResponse, bool]:
    """The row of this key, and whether it is new. ApiError 409 if it was made for another request."""
    IdempotentResponse.objects.filter(created_at__lt=now - KEY_LIFETIME).delete()
    try:
        with transaction.atomic():
            values = {"request_digest": digest, "status": status, "body": {}, "created_at": now}
            return IdempotentResponse.objects.create(token=token, key=key, **values), True
    except IntegrityError:
        answer = IdempotentResponse.objects.get(token=token, key=key)
    _refuse_other(answer, digest)
    return answer, False


def _refuse_other(answer: IdempotentResponse, digest: str) -> None:
    if answer.request_digest != digest:
        raise ApiError(
            409,
            "key-reused",
            "The Idempotency-Key came before with another request",
            "Nothing was done. A key belongs to one method, path and body: send that request unchanged to get its "
            "answer again, or choose a new key for this one.",
        )


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
