"""Log-in sessions of people: list and end them."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction

from stoppress.desk.access.audit_log import Actor, record_act
from stoppress.desk.models import AuditAct


@dataclass(frozen=True)
class SessionRow:
    """One session of a person, for their own list."""

    pk: int
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


def list_sessions(user: User, current_key: str) -> list[SessionRow]:
    """Return the living sessions of a person, the current one first, then the latest."""
    rows = [
        SessionRow(
            each.pk, each.ip, each.user_agent, each.created_at, each.last_seen_at, each.session_key == current_key
        )
        for each in UserSession.objects.purge_and_list(user)
    ]
    return sorted(rows, key=lambda row: (not row.is_current, -row.last_seen_at.timestamp()))


def end_session(user: User, pk: int, *, by: Actor, now: datetime) -> None:
    """End one session of a person, if there is such a one, and record it."""
    with transaction.atomic():
        session = UserSession.objects.filter(user=user, pk=pk).first()
        if session:
            session.end()
            record_act(AuditAct.SESSIONS_ENDED, by, user.username, "1", now=now)


def end_sessions(user: User, *, keep: str = "") -> int:
    """End all sessions of a person but the one with the key `keep`; return their number."""
    UserSession.objects.filter(user=user).exclude(session_key=keep).delete()
    sessions = Session.objects.exclude(pk=keep).iterator()
    keys = [row.pk for row in sessions if row.get_decoded().get("_auth_user_id") == str(user.pk)]
    return Session.objects.filter(pk__in=keys).delete()[0]


def log_out_everywhere(user: User, *, by: Actor, now: datetime) -> int:
    """End all sessions of a person and record it; return their number."""
    with transaction.atomic():
        count = end_sessions(user)
        record_act(AuditAct.SESSIONS_ENDED, by, user.username, f"{count}", now=now)
    return count
