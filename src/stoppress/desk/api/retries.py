"""Make a retry harmless: the first answer to an Idempotency-Key is kept and given again.

    key and its digest are written ──► the action ──► the answer is written ──► commit: all of it, or nothing

Whoever comes with the same key meanwhile waits for that commit, and gets the first one's answer.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from stoppress.desk.api.access import caller
from stoppress.desk.api.problems import ApiProblem
from stoppress.desk.models import Answer, ApiToken

KEPT_FOR = timedelta(days=2)
KEY = re.compile(r"[\x21-\x7e]{1,200}")
Body = dict[str, Any]


def once(
    request: HttpRequest, status: int, act: Callable[[datetime], Body], again: Callable[[Body], Body]
) -> JsonResponse:
    """Run `act` and answer with what it returns; a retry under the same key gets the first answer.

    `again` looks at the first answer before it is given once more, and takes out what must not be shown since.
    """
    now, key = timezone.now(), request.headers.get("Idempotency-Key", "")
    if not key:
        return JsonResponse(act(now), status=status)
    if not KEY.fullmatch(key):
        raise ApiProblem(400, "bad-key", "Bad Idempotency-Key", "1 to 200 visible ASCII characters, no spaces.")
    with transaction.atomic():
        answer, first = _claim(caller(request), key, _digest(request), status, now)
        if not first:
            return JsonResponse(again(answer.body), status=answer.status, headers={"Idempotency-Replayed": "true"})
        answer.body = act(now)
        answer.save(update_fields=["body"])
    return JsonResponse(answer.body, status=status)


def _claim(token: ApiToken, key: str, digest: str, status: int, now: datetime) -> tuple[Answer, bool]:
    """The row of this key, and whether it is new. ApiProblem 422 if it was made for another request."""
    Answer.objects.filter(made_at__lt=now - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            values = {"request_digest": digest, "status": status, "body": {}, "made_at": now}
            return Answer.objects.create(token=token, key=key, **values), True
    except IntegrityError:
        answer = Answer.objects.get(token=token, key=key)
    if answer.request_digest != digest:
        raise ApiProblem(422, "key-reused", "Idempotency-Key used before", "It came with another request.")
    return answer, False


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
