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
from stoppress.signup.actions import ask
from stoppress.signup.consent_wording import Form
from stoppress.signup.consent_wording import heading as form_heading
from stoppress.signup.locale_choices import known_language, known_zone, languages, readers_language, zones
from stoppress.signup.views.form_data import NothingChosen, framing_site, offers, read_asking, rhythm, slug, spoken_to
from stoppress.signup.views.private_pages import private, told
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.errors import BadAddress, NoSuchTopic, TooManySignUps


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request):
    """The form, and what becomes of it."""
    form = Form.LIVE if request.POST.get("form") == Form.LIVE else Form.PAGE
    return _answer(request, form)


@csrf_exempt
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_http_methods(["GET", "HEAD", "POST"])
def embed(request):
    """The form alone, for a frame on any site. All that can be done in it has to be confirmed by mail."""
    response = _answer(request, Form.EMBED)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _answer(request, form):
    with in_language(translated_language(spoken_to(request))):
        return _taken(request, form) if request.method == "POST" else _form(request, form, request.GET)


def _taken(request, form):
    try:
        asking = read_asking(request, form)
        address = ask(asking, now=utc_now())
    except BadAddress as error:
        return _form(request, form, request.POST, status=422, error=str(error))
    except NothingChosen:
        return _form(request, form, request.POST, status=422, topics_error=_("Choose at least one."))
    except NoSuchTopic:
        text = _("One of these cannot be signed up for any more. Please choose again.")
        return _form(request, form, QueryDict(), status=422, topics_error=text)
    except TooManySignUps as error:
        return _form(request, form, request.POST, status=429, problem=str(error))
    return _sent(request, form, asking.back_to, address.email if address else "")


def _form(request, form, data, *, status=200, **complaints):
    heading = form_heading(Form.EMBED if form is Form.EMBED else Form.PAGE)
    back_to, spoken = slug(data.get("next", "")), spoken_to(request)
    context = {
        "form": Form.EMBED if form is Form.EMBED else Form.PAGE,
        "embedded": form is Form.EMBED,
        "typed": data.get("email", "")[:400] if status != 200 else "",
        "offers": offers(data, back_to),
        "rhythm": rhythm(data.get("rhythm", "")),
        "rhythms": Rhythm,
        "zones": zones(data.get("zone", "")),
        "zone": known_zone(data.get("zone", "")),
        "languages": languages(),
        "language": data["language"] if "language" in data else known_language(readers_language(None, spoken)),
        "spoken": spoken,
        "back_to": back_to,
        "site": data.get("site", "") or framing_site(request),
        "heading": heading,
        "title": _("Please check: {title}").format(title=heading) if complaints else heading,
        **complaints,
    }
    return private(render(request, "signup/sign_up.html", context, status=status))


def _sent(request, form, back_to, email):
    where = _("We have sent a message to {email}.").format(email=email) if email else _("We have sent you a message.")
    then = _("Open the link in it and press the button: only then are you signed up.")
    return private(
        told(
            request,
            _("Look into your inbox"),
            f"{where} {then}",
            _("Nothing there after some minutes? Look among the unwanted mail, and check the address."),
            back_to=back_to,
            embedded=form is Form.EMBED,
        )
    )
