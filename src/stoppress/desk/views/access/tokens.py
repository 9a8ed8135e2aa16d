"""API tokens at the desk: list, create, revoke. For administrators."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stoppress.desk.access.api_tokens import TokenError, create_token, revoke_token
from stoppress.desk.access.audit_log import request_actor
from stoppress.desk.access.people import PersonNotFoundError, find_user
from stoppress.desk.access.people_list import list_people, list_tokens
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.people_forms import TokenForm
from stoppress.desk.models import ApiToken
from stoppress.runtime.clock import utc_now


@require_permission("people")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request):
    """List the tokens; a POST creates one and shows it once."""
    form, token = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        token = _create(request, form)
        form = form if form.errors else TokenForm()
    context = {"tokens": list_tokens(), "form": form, "token": token, "people": list_people()}
    return render(request, "desk/tokens.html", context, status=422 if form.errors else 200)


@require_permission("people")
@require_POST
def revoke(request, token_id):
    """Revoke a token at once."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is None:
        raise Http404
    revoke_token(token, by=request_actor(request), now=utc_now())
    messages.success(request, _("The token “{name}” is revoked.").format(name=token.name))
    return redirect("desk:tokens")


def _create(request, form):
    """Return the new token, or an empty string with an error in the form."""
    given = form.cleaned_data
    try:
        owner = find_user(given["owner"]) if given["owner"].strip() else None
        return create_token(
            given["name"], given["scopes"], given["blog"], owner=owner, by=request_actor(request), now=utc_now()
        )
    except PersonNotFoundError as error:
        form.add_error("owner", str(error))
    except TokenError as error:
        form.add_error(error.field, str(error))
    return ""
