"""`/alerts/link`: send the owner of an address a new link to the preferences page."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.coverage.localisation.languages import in_language, translated_language
from stoppress.runtime.clock import utc_now
from stoppress.runtime.rate_limits import request_client_key
from stoppress.signup.actions import request_manage_link
from stoppress.signup.views.form_data import MAX_ADDRESS_INPUT, request_language
from stoppress.signup.views.private_pages import make_private, message_page
from stoppress.subscribers.errors import InvalidAddressError, SignUpLimitError


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def manage_link_page(request):
    """Show the form; take the address on POST. The answer does not depend on whether the address is known."""
    with in_language(translated_language(request_language(request))):
        return make_private(_submit(request) if request.method == "POST" else _form(request))


def _submit(request):
    typed = request.POST.get("email", "")[:MAX_ADDRESS_INPUT]
    try:
        request_manage_link(typed, client=request_client_key(request), now=utc_now())
    except InvalidAddressError as error:
        return _form(request, 422, typed=typed, error=str(error))
    except SignUpLimitError as error:
        return _form(request, 429, typed=typed, error=str(error))
    text = _("If this address gets mail from us, a link is on its way to it.")
    return message_page(request, _("Check your inbox"), text)


def _form(request, status=200, **values):
    return render(request, "signup/manage_link.html", values, status=status)
