"""Forms of log-in and of second factors, with the desk's limits of failures in place of allauth's."""

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from stoppress.desk.access.account_adapter import too_many_attempts
from stoppress.desk.access.log_in_limits import TooManyFailuresError, limited_attempt
from stoppress.runtime.clock import utc_now
from stoppress.runtime.rate_limits import request_client_key


class NameLogInForm(LoginForm):
    """Name and password; browsers and password managers know the field by the name `username`."""

    def add_prefix(self, field_name):
        """Return the name of the field in the page."""
        return "username" if field_name == "login" else field_name


class LimitedCode:
    """Mixin of forms with a code of six or eight digits: wrong codes are counted, recorded and limited."""

    def clean_code(self):
        """Return the code if it is right."""
        failure = None
        client = request_client_key(context.request)
        try:
            with limited_attempt(
                self.user.get_username(),  # type: ignore[attr-defined]  # set by the form
                client,
                "wrong code",
                now=utc_now(),
                is_code=True,
            ) as attempt:
                try:
                    code = super().clean_code()  # type: ignore[misc]  # the next class is a form
                    attempt.succeeded = True
                except ValidationError as error:
                    failure = error
        except TooManyFailuresError as error:
            raise too_many_attempts(context.request, error) from error
        if failure:
            raise ValidationError(_("This code is wrong or too old.")) from failure
        return code


class LimitedAuthenticateForm(LimitedCode, AuthenticateForm):
    """The code after the password."""


class LimitedReauthenticateForm(LimitedCode, ReauthenticateForm):
    """The code before a change of the account."""


class LimitedActivateForm(LimitedCode, ActivateTOTPForm):
    """The first code of a new authenticator app."""
