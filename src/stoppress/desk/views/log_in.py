"""Log-in with name and password, a code or a passkey, and the page for outdated forms."""

from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from django.shortcuts import render

from stoppress.desk.access.language import in_desk_language


class RefusedWhileLimited:
    """Mixin of views with a form: 429 with Retry-After while there are too many failures."""

    def form_invalid(self, form):
        """Show the form with its error."""
        response = super().form_invalid(form)  # type: ignore[misc]  # the next class is a view with a form
        if seconds := getattr(self.request, "log_in_wait", 0):  # type: ignore[attr-defined]  # likewise
            response.status_code = 429
            response["Retry-After"] = str(seconds)
        return response


class LogInView(RefusedWhileLimited, LoginView):
    """Name and password."""

    template_name = "desk/log_in.html"


class CodeView(RefusedWhileLimited, AuthenticateView):
    """The second factor after the password: a code, a recovery code or a passkey."""

    template_name = "desk/account/log_in_code.html"


@in_desk_language
def csrf_failure(request, reason=""):
    """Show that a form is outdated (settings.CSRF_FAILURE_VIEW): older than the last log-in, or from elsewhere."""
    return render(request, "desk/csrf_failure.html", status=403)
