"""People at the desk: list, add, disable, enable; passwords, seats and sessions. For administrators."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access import people as actions
from stoppress.desk.access.audit_log import request_actor
from stoppress.desk.access.people_list import list_people, list_tokens, person_row
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.access.seats import remove_seat, set_seat
from stoppress.desk.access.sessions import log_out_everywhere
from stoppress.desk.forms.people_forms import PersonForm, SeatForm
from stoppress.runtime.clock import utc_now
from stoppress.runtime.errors import StopPressError


@require_permission("people")
@require_safe
def people(request):
    """List all people with their seats."""
    return render(request, "desk/people.html", {"people": list_people()})


@require_permission("people")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request):
    """Add a person and show their first password once."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = actions.generate_password()
        try:
            user = actions.create_user(
                **{**form.cleaned_data, "password": password}, by=request_actor(request), now=utc_now()
            )
        except actions.PersonError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return _show_person(request, user, password=password)
    return render(request, "desk/person_add.html", {"form": form}, status=422 if form.errors else 200)


@require_permission("people")
@require_safe
def person(request, name):
    """Show one person with seats, tokens and the actions on them."""
    return _show_person(request, _find(name))


def person_action(*, ends_sessions):
    """Decorate an action on one person: return to their page, with the message it returns or the reason of a refusal.

    Args:
        ends_sessions: True if it ends all sessions of the person. If that is the one who acts, they are logged out.
    """

    def decorate(view):
        @require_permission("people")
        @require_POST
        @wraps(view)
        def wrapped(request, name):
            user = _find(name)
            try:
                outcome = view(request, user, request_actor(request), utc_now())
            except StopPressError as error:
                return _show_person(request, user, error=str(error))
            if ends_sessions and user.pk == request.user.pk:
                logout(request)
                return redirect("/desk/")
            if not isinstance(outcome, str):
                return outcome
            messages.success(request, outcome)
            return redirect("desk:person", name=user.username)

        return wrapped

    return decorate


@person_action(ends_sessions=True)
def disable(request, user, by, now):
    """End a person's access."""
    actions.disable_user(user, by=by, now=now)
    return _("{name} can no longer log in. Sessions and tokens are ended.").format(name=user.username)


@person_action(ends_sessions=False)
def enable(request, user, by, now):
    """Let a disabled person log in again."""
    actions.enable_user(user, by=by, now=now)
    return _("{name} can log in again.").format(name=user.username)


@person_action(ends_sessions=True)
def reset_password(request, user, by, now):
    """Generate a password and show it once."""
    password = actions.generate_password()
    actions.set_password(user, password, by=by, now=now)
    return _show_person(request, user, password=password)


@person_action(ends_sessions=True)
def log_out(request, user, by, now):
    """End a person's sessions."""
    log_out_everywhere(user, by=by, now=now)
    return _("{name} is logged out everywhere.").format(name=user.username)


@person_action(ends_sessions=False)
def give_seat(request, user, by, now):
    """Give a role on a live blog or on all, in place of the one that the person has there."""
    form = SeatForm(request.POST)
    if not form.is_valid():
        return _show_person(
            request, user, error=" ".join(str(error) for errors in form.errors.values() for error in errors)
        )
    set_seat(user, form.cleaned_data["role"], form.cleaned_data["blog"], by=by, now=now)
    return _("Saved. It takes effect with the next click.")


@person_action(ends_sessions=False)
def take_seat(request, user, by, now):
    """Take the seat on one live blog or on all."""
    slug = request.POST.get("blog", "")
    remove_seat(user, LiveBlog.objects.filter(slug=slug).first() if slug else None, by=by, now=now)
    return _("The seat is removed.")


def _find(name):
    try:
        return actions.find_user(name)
    except actions.PersonNotFoundError as error:
        raise Http404 from error


def _show_person(request, user, *, password="", error=""):
    context = {
        "person": person_row(user),
        "is_self": user.pk == request.user.pk,
        "tokens": list_tokens(user),
        "seat_form": SeatForm(),
        "password": password,
        "error": error,
    }
    return render(request, "desk/person.html", context, status=409 if error else 200)
