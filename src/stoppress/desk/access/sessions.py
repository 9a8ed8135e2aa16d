"""Log-in sessions of people: end them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction

from stoppress.desk.access.audit_log import Actor, record_act
from stoppress.desk.models import AuditAct


def end_sessions(user: User) -> int:
    """End all sessions of a person; return their number."""
    keys = [
        row.pk for row in Session.objects.all().iterator() if row.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    return Session.objects.filter(pk__in=keys).delete()[0]


def log_out_everywhere(user: User, *, by: Actor, now: datetime) -> int:
    """End all sessions of a person and record it; return their number."""
    with transaction.atomic():
        count = end_sessions(user)
        record_act(AuditAct.SESSIONS_ENDED, by, user.username, f"{count}", now=now)
    return count
