"""Log-in page and the page for outdated forms."""

from django.contrib.auth.views import LoginView
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from stoppress.desk.access.language import in_desk_language
from stoppress.desk.access.log_in_limits import TooManyFailuresError, limited_attempt
from stoppress.runtime.clock import utc_now
from stoppress.runtime.rate_limits import request_client_key

TOO_MANY_ATTEMPTS = gettext_lazy("Too many attempts. Try again in a few minutes.")


class LogInView(LoginView):
    """Log-in with name and password; failures are limited."""

    template_name = "desk/log_in.html"
    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        """Log in, or show that there were too many failures."""
        name, client = request.POST.get("username", ""), request_client_key(request)
        try:
            with limited_attempt(name, client, "wrong name or password", now=utc_now()) as attempt:
                response = super().post(request, *args, **kwargs)
                attempt.succeeded = response.status_code == 302
                return response
        except TooManyFailuresError as error:
            context = self.get_context_data(form=self.form_class(request), too_many_attempts=TOO_MANY_ATTEMPTS)
            headers = {"Retry-After": str(error.seconds)}
            return self.render_to_response(context, status=429, headers=headers)


@in_desk_language
def csrf_failure(request, reason=""):
    """Show that a form is outdated (settings.CSRF_FAILURE_VIEW): older than the last log-in, or from elsewhere."""
    return render(request, "desk/csrf_failure.html", status=403)
