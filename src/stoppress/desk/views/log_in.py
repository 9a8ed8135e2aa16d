"""Log in and out."""

from django.contrib.auth.views import LoginView
from django.shortcuts import render
from django.utils import timezone

from stoppress.desk.access.rate_limits import allow_log_in_attempt
from stoppress.runtime.rate_limits import request_client_key

TOO_MANY_ATTEMPTS = "Too many attempts. Wait a few minutes, then try again."


class LogInView(LoginView):
    """Name and password, behind a brake for each address and each name."""

    template_name = "desk/log_in.html"
    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        if allow_log_in_attempt(request_client_key(request), request.POST.get("username", ""), now=timezone.now()):
            return super().post(request, *args, **kwargs)
        context = self.get_context_data(form=self.form_class(request), too_often=TOO_MANY_ATTEMPTS)
        return self.render_to_response(context, status=429)


def csrf_failure(request, reason=""):
    """For settings.CSRF_FAILURE_VIEW: the form came from before the last log-in, or from elsewhere."""
    return render(request, "desk/csrf_failure.html", status=403)
