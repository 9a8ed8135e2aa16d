"""Record log-ins and log-outs in the audit log, whatever the way of logging in."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from stoppress.desk.access.audit_log import Actor, record_act
from stoppress.desk.models import AuditAct
from stoppress.runtime.clock import utc_now
from stoppress.runtime.rate_limits import request_client_key


def connect() -> None:
    """Connect the receivers; called when Django is set up."""
    user_logged_in.connect(_record_log_in, dispatch_uid="audit")
    user_logged_out.connect(_record_log_out, dispatch_uid="audit")


def _record_log_in(request: HttpRequest, user: AbstractBaseUser, **_more: Any) -> None:
    record_act(AuditAct.LOGGED_IN, Actor(user.get_username(), request_client_key(request)), now=utc_now())


def _record_log_out(request: HttpRequest, user: AbstractBaseUser | None, **_more: Any) -> None:
    if user is not None:
        record_act(AuditAct.LOGGED_OUT, Actor(user.get_username(), request_client_key(request)), now=utc_now())
