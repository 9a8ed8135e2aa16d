"""Addresses of log-in and of people's own accounts. The views are django-allauth's, with the desk's templates.

The names are those that django-allauth looks up. Sign-up, mail addresses and password reset by mail have no address.
"""

from typing import Any

from allauth.account.views import PasswordChangeView, ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from stoppress.desk.access.language import in_desk_language
from stoppress.desk.access.permission_check import ANY_SEAT, View, require_permission
from stoppress.desk.views.access import account
from stoppress.desk.views.log_in import CodeView, LogInView

Text = str | Promise
FORM, PASSKEY = "desk/account/form.html", "desk/account/passkey.html"
own = require_permission(ANY_SEAT)


def open_page(view: View) -> View:
    """Return a view that a person reaches before they are logged in, in the language of the desk."""
    return never_cache(in_desk_language(view))


def form_page(
    view: Any, title: str | Promise, text: str | Promise, button: str | Promise, template: str = FORM, **more: Any
) -> View:
    """Return a view of the person's own account that shows one form."""
    extra = {"title": title, "text": text, "button": button}
    return own(view.as_view(template_name=template, extra_context=extra, **more))


CONFIRM = _("Confirm that it is you")
urlpatterns = [
    path("log-in", open_page(LogInView.as_view()), name="account_login"),
    path("log-in/code", open_page(CodeView.as_view()), name="mfa_authenticate"),
    path("log-in/passkey", open_page(LoginWebAuthnView.as_view()), name="mfa_login_webauthn"),
    path("log-out", LogoutView.as_view(next_page="/desk/log-in"), name="account_logout"),
    path("account", account.account, name="mfa_index"),
    path("account/sessions/<int:session_id>/end", account.end_one_session, name="session_end"),
    path("account/log-out-everywhere", account.log_out_everywhere_view, name="log_out_everywhere"),
    path(
        "account/password",
        form_page(
            PasswordChangeView,
            _("Change the password"),
            _("All other sessions end."),
            _("Change the password"),
        ),
        name="account_change_password",
    ),
    path(
        "account/confirm",
        form_page(ReauthenticateView, CONFIRM, _("This change needs your password again."), _("Confirm")),
        name="account_reauthenticate",
    ),
    path(
        "account/confirm-code",
        form_page(
            CodeReauthenticateView,
            CONFIRM,
            _("This change needs a code of your authenticator app, or a recovery code."),
            _("Confirm"),
        ),
        name="mfa_reauthenticate",
    ),
    path(
        "account/confirm-passkey",
        form_page(
            ReauthenticateWebAuthnView, CONFIRM, _("This change needs your passkey."), _("Use the passkey"), PASSKEY
        ),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "account/app",
        form_page(
            ActivateTOTPView,
            _("Add an authenticator app"),
            _("Scan the picture with the app, or type the key into it. Then enter the code that it shows."),
            _("Add the app"),
            "desk/account/app.html",
        ),
        name="mfa_activate_totp",
    ),
    path(
        "account/app/remove",
        form_page(
            DeactivateTOTPView,
            _("Remove the authenticator app"),
            _("Log-in will need no code any more, unless a passkey remains."),
            _("Remove the app"),
        ),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/recovery-codes",
        own(ViewRecoveryCodesView.as_view(template_name="desk/account/recovery_codes.html")),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/recovery-codes/new",
        form_page(
            GenerateRecoveryCodesView,
            _("New recovery codes"),
            _("The old codes stop working."),
            _("Create new codes"),
        ),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/passkeys/add",
        form_page(
            AddWebAuthnView,
            _("Add a passkey"),
            _("Your device or security key asks for a fingerprint, a face or a PIN."),
            _("Create the passkey"),
            PASSKEY,
        ),
        name="mfa_add_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/remove",
        form_page(
            RemoveWebAuthnView,
            _("Remove a passkey"),
            _("It can no longer be used to log in here."),
            _("Remove the passkey"),
            success_url="/desk/account",
        ),
        name="mfa_remove_webauthn",
    ),
]
