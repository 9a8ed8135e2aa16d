"""Record log-ins and log-outs in the audit log, whatever the way of logging in."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from stoppress.desk.access.audit_log import Actor, record_act, request_actor
from stoppress.desk.access.sessions import end_sessions
from stoppress.desk.models import AuditAct
from stoppress.runtime.clock import utc_now
from stoppress.runtime.rate_limits import request_client_key


def connect() -> None:
    """Connect the receivers; called when Django is set up."""
    user_logged_in.connect(_record_log_in, dispatch_uid="audit")
    user_logged_out.connect(_record_log_out, dispatch_uid="audit")
    password_changed.connect(_record_new_password, dispatch_uid="audit")
    authenticator_added.connect(_record_factor_added, dispatch_uid="audit")
    authenticator_removed.connect(_record_factor_removed, dispatch_uid="audit")


def _record_log_in(request: HttpRequest, user: AbstractBaseUser, **_more: Any) -> None:
    record_act(AuditAct.LOGGED_IN, Actor(user.get_username(), request_client_key(request)), now=utc_now())


def _record_log_out(request: HttpRequest, user: AbstractBaseUser | None, **_more: Any) -> None:
    if user is not None:
        record_act(AuditAct.LOGGED_OUT, Actor(user.get_username(), request_client_key(request)), now=utc_now())


def _record_new_password(request: HttpRequest, user: User, **_more: Any) -> None:
    """End the person's other sessions too."""
    end_sessions(user, keep=request.session.session_key or "")
    record_act(AuditAct.PASSWORD_SET, request_actor(request), user.get_username(), now=utc_now())


def _record_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_more: Any) -> None:
    actor = Actor(user.get_username(), request_client_key(request))
    record_act(AuditAct.SECOND_FACTOR_ADDED, actor, user.get_username(), authenticator.type, now=utc_now())


def _record_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_more: Any) -> None:
    actor = Actor(user.get_username(), request_client_key(request))
    record_act(AuditAct.SECOND_FACTOR_REMOVED, actor, user.get_username(), authenticator.type, now=utc_now())
