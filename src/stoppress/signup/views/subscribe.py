"""`/alerts`: the form as a page, where the blocks on live pages send to as well; `/alerts/embed`: for other sites."""

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
from stoppress.signup.consent_wording import SignUpForm
from stoppress.signup.consent_wording import form_heading as form_heading
from stoppress.signup.locale_choices import valid_language, valid_zone, language_choices, language_to_store, zone_choices
from stoppress.signup.views.form_data import NoTopicChosenError, embedding_host, topic_offers, read_sign_up, parse_frequency, valid_slug, request_language
from stoppress.signup.views.private_pages import make_private, message_page
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.errors import InvalidAddressError, TopicNotFoundError, SignUpLimitError


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request):
    """The form, and what becomes of it."""
    form = SignUpForm.LIVE if request.POST.get("form") == SignUpForm.LIVE else SignUpForm.PAGE
    return _answer(request, form)


@csrf_exempt
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_embed(request):
    """The form alone, for a frame on any site. All that can be done in it has to be confirmed by mail."""
    response = _answer(request, SignUpForm.EMBED)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _answer(request, form):
    with in_language(translated_language(request_language(request))):
        return _taken(request, form) if request.method == "POST" else _form(request, form, request.GET)


def _taken(request, form):
    try:
        asking = read_sign_up(request, form)
        address = submit_sign_up(asking, now=utc_now())
    except InvalidAddressError as error:
        return _form(request, form, request.POST, status=422, error=str(error))
    except NoTopicChosenError:
        return _form(request, form, request.POST, status=422, topics_error=_("Choose at least one."))
    except TopicNotFoundError:
        text = _("One of these cannot be signed up for any more. Please choose again.")
        return _form(request, form, QueryDict(), status=422, topics_error=text)
    except SignUpLimitError as error:
        return _form(request, form, request.POST, status=429, problem=str(error))
    return _sent(request, form, asking.back_to, address.email if address else "")


def _form(request, form, data, *, status=200, **complaints):
    heading = form_heading(SignUpForm.EMBED if form is SignUpForm.EMBED else SignUpForm.PAGE)
    back_to, spoken = valid_slug(data.get("next", "")), request_language(request)
    context = {
        "form": SignUpForm.EMBED if form is SignUpForm.EMBED else SignUpForm.PAGE,
        "embedded": form is SignUpForm.EMBED,
        "typed": data.get("email", "")[:400] if status != 200 else "",
        "offers": topic_offers(data, back_to),
        "frequency": parse_frequency(data.get("frequency", "")),
        "frequencies": Frequency,
        "zones": zone_choices(data.get("zone", "")),
        "zone": valid_zone(data.get("zone", "")),
        "languages": language_choices(),
        "language": data["language"] if "language" in data else valid_language(language_to_store(None, spoken)),
        "spoken": spoken,
        "back_to": back_to,
        "site": data.get("site", "") or embedding_host(request),
        "heading": heading,
        "title": _("Please check: {title}").format(title=heading) if complaints else heading,
        **complaints,
    }
    return make_private(render(request, "signup/sign_up.html", context, status=status))


def _sent(request, form, back_to, email):
    where = _("We have sent a message to {email}.").format(email=email) if email else _("We have sent you a message.")
    then = _("Open the link in it and press the button: only then are you signed up.")
    return make_private(
        message_page(
            request,
            _("Look into your inbox"),
            f"{where} {then}",
            _("Nothing there after some minutes? Look among the unwanted mail, and check the address."),
            back_to=back_to,
            embedded=form is SignUpForm.EMBED,
        )
    )
