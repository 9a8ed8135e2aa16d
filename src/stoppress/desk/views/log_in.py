"""Log-in page and the page for outdated forms."""

from django.contrib.auth.views import LoginView
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from stoppress.desk.access.language import in_desk_language
from stoppress.desk.access.rate_limits import allow_log_in_attempt
from stoppress.runtime.rate_limits import request_client_key

TOO_MANY_ATTEMPTS = gettext_lazy("Too many attempts. Try again in a few minutes.")


class LogInView(LoginView):
    """Log-in with name and password, limited by client address and by name."""

    template_name = "desk/log_in.html"
    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        """Log in, or show that there were too many attempts."""
        name = request.POST.get("username", "")
        if allow_log_in_attempt(request_client_key(request), name, now=timezone.now()):
            return super().post(request, *args, **kwargs)
        context = self.get_context_data(form=self.form_class(request), too_many_attempts=TOO_MANY_ATTEMPTS)
        return self.render_to_response(context, status=429)


@in_desk_language
def csrf_failure(request, reason=""):
    """Show that a form is outdated (settings.CSRF_FAILURE_VIEW): older than the last log-in, or from elsewhere."""
    return render(request, "desk/csrf_failure.html", status=403)
