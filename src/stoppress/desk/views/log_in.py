"""Log in and out."""

from django.contrib.auth.views import LoginView
from django.shortcuts import render
from django.utils import timezone

from stoppress.desk.access.rate_limits import may_try_to_log_in
from stoppress.runtime.rate_limits import client_address

TOO_OFTEN = "Too many attempts. Wait a few minutes, then try again."


class LogIn(LoginView):
    """Name and password, behind a brake for each address and each name."""

    template_name = "desk/log_in.html"
    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        if may_try_to_log_in(client_address(request), request.POST.get("username", ""), now=timezone.now()):
            return super().post(request, *args, **kwargs)
        context = self.get_context_data(form=self.form_class(request), too_often=TOO_OFTEN)
        return self.render_to_response(context, status=429)


def csrf_refused(request, reason=""):
    """For settings.CSRF_FAILURE_VIEW: the form came from before the last log-in, or from elsewhere."""
    return render(request, "desk/out_of_date.html", status=403)
