"""The language that one person works in."""

from django.http import HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from stoppress.desk.access.language import store_language
from stoppress.desk.access.permission_check import ANY_SEAT, require_permission


@require_permission(ANY_SEAT)
@require_POST
def set_language(request):
    """Store the language of the desk for this person, and return to the page with the form."""
    try:
        store_language(request.user.pk, request.POST.get("language", ""))
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    target = request.POST.get("next", "")
    is_own_page = target.startswith("/desk/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return redirect(target if is_own_page else "/desk/")
