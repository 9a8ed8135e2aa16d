"""A person's own account: password, second factors, passkeys, sessions."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from stoppress.desk.access.audit_log import request_actor
from stoppress.desk.access.permission_check import ANY_SEAT, require_permission
from stoppress.desk.access.sessions import end_session, list_sessions, log_out_everywhere
from stoppress.runtime.clock import utc_now


@require_permission(ANY_SEAT)
@require_safe
def account(request):
    """Show the ways to log in and the sessions."""
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    context = {
        "has_totp": any(factor.type == Authenticator.Type.TOTP for factor in factors),
        "has_recovery_codes": any(factor.type == Authenticator.Type.RECOVERY_CODES for factor in factors),
        "passkeys": [factor for factor in factors if factor.type == Authenticator.Type.WEBAUTHN],
        "sessions": list_sessions(request.user, request.session.session_key),
    }
    return render(request, "desk/account/account.html", context)


@require_permission(ANY_SEAT)
@require_POST
def end_one_session(request, session_id):
    """End one of one's sessions."""
    end_session(request.user, session_id, by=request_actor(request), now=utc_now())
    messages.success(request, _("The session is ended."))
    return redirect("/desk/account")


@require_permission(ANY_SEAT)
@require_POST
def log_out_everywhere_view(request):
    """End all of one's sessions, this one too."""
    log_out_everywhere(request.user, by=request_actor(request), now=utc_now())
    logout(request)
    return redirect("account_login")
