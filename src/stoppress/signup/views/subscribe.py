"""`/alerts`: the sign-up form, also the target of the forms on live pages; `/alerts/embed`: for other sites."""

from csp.decorators import csp_replace
from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.coverage.localisation.languages import in_language, translated_language
from stoppress.runtime.clock import utc_now
from stoppress.signup.actions import submit_sign_up
from stoppress.signup.consent_wording import SignUpForm, form_heading
from stoppress.signup.locale_choices import (
    language_choices,
    language_to_store,
    valid_language,
    valid_zone,
    zone_choices,
)
from stoppress.signup.views.form_data import (
    MAX_ADDRESS_INPUT,
    NoTopicChosenError,
    embedding_host,
    parse_frequency,
    read_sign_up,
    request_language,
    topic_offers,
    valid_slug,
)
from stoppress.signup.views.private_pages import make_private, message_page
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.errors import InvalidAddressError, SignUpLimitError, TopicNotFoundError


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request):
    """Show the form; take a sign-up on POST."""
    form = SignUpForm.LIVE if request.POST.get("form") == SignUpForm.LIVE else SignUpForm.PAGE
    return _respond(request, form)


@csrf_exempt
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_embed(request):
    """Show the form alone, for a frame on any site. Each sign-up with it must be confirmed by mail."""
    response = _respond(request, SignUpForm.EMBED)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _respond(request, form):
    with in_language(translated_language(request_language(request))):
        return _submit(request, form) if request.method == "POST" else _form_page(request, form, request.GET)


def _submit(request, form):
    try:
        submission = read_sign_up(request, form)
        address = submit_sign_up(submission, now=utc_now())
    except InvalidAddressError as error:
        return _form_page(request, form, request.POST, status=422, error=str(error))
    except NoTopicChosenError:
        return _form_page(request, form, request.POST, status=422, topics_error=_("Choose at least one."))
    except TopicNotFoundError:
        text = _("One of these topics is no longer available. Please choose again.")
        return _form_page(request, form, QueryDict(), status=422, topics_error=text)
    except SignUpLimitError as error:
        return _form_page(request, form, request.POST, status=429, problem=str(error))
    return _accepted_page(request, form, submission.return_slug, address.email if address else "")


def _form_page(request, form, data, *, status=200, **errors):
    form = SignUpForm.EMBED if form is SignUpForm.EMBED else SignUpForm.PAGE
    heading = form_heading(form)
    return_slug, page_language = valid_slug(data.get("next", "")), request_language(request)
    stored_language = valid_language(language_to_store(None, page_language))
    context = {
        "form": form,
        "embedded": form is SignUpForm.EMBED,
        "typed": data.get("email", "")[:MAX_ADDRESS_INPUT] if status != 200 else "",
        "offers": topic_offers(data, return_slug),
        "frequency": parse_frequency(data.get("frequency", "")),
        "frequencies": Frequency,
        "zones": zone_choices(data.get("zone", "")),
        "zone": valid_zone(data.get("zone", "")),
        "languages": language_choices(),
        "language": data.get("language", stored_language),
        "page_language": page_language,
        "return_slug": return_slug,
        "site": data.get("site", "") or embedding_host(request),
        "heading": heading,
        "title": _("Please check: {title}").format(title=heading) if errors else heading,
        **errors,
    }
    return make_private(render(request, "signup/sign_up.html", context, status=status))


def _accepted_page(request, form, return_slug, email):
    sent = _("We have sent a message to {email}.").format(email=email) if email else _("We have sent you a message.")
    next_step = _("Open the link in it and press the button: only then are you signed up.")
    page = message_page(
        request,
        _("Check your inbox"),
        f"{sent} {next_step}",
        _("Nothing there after a few minutes? Check your spam folder and the address."),
        return_slug=return_slug,
        embedded=form is SignUpForm.EMBED,
    )
    return make_private(page)
