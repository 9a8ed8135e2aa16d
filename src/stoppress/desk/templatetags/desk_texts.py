"""Template tags for the sentences of the desk's scripts, the desk's languages and the reasons of bounces."""

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from stoppress.coverage.localisation.script_texts import script_texts
from stoppress.desk.access.language import language_choices
from stoppress.desk.access.people import display_names
from stoppress.desk.screens.desk_script_texts import desk_script_texts
from stoppress.subscribers.default_topic_names import localised_topic_description, localised_topic_name

register = template.Library()
register.simple_tag(language_choices, name="desk_languages")
register.filter("topic_name", localised_topic_name)


@register.filter
def person_name(login: str) -> str:
    """Return the display name of the person with this log-in name; a name without an account stays as it is."""
    return display_names([login])[login]


register.filter("topic_description", localised_topic_description)

BOUNCE_LABELS = {
    "user_unknown": pgettext_lazy("reason of a bounce", "user unknown"),
    "host_unknown": pgettext_lazy("reason of a bounce", "host unknown"),
    "has_moved": pgettext_lazy("reason of a bounce", "has moved"),
    "not_accepted": pgettext_lazy("reason of a bounce", "not accepted"),
    "mailbox_full": pgettext_lazy("reason of a bounce", "mailbox full"),
    "suspended": pgettext_lazy("reason of a bounce", "suspended"),
    "filtered": pgettext_lazy("reason of a bounce", "filtered"),
    "sender_rejected": pgettext_lazy("reason of a bounce", "sender rejected"),
    "blocked": pgettext_lazy("reason of a bounce", "blocked"),
    "bad_reputation": pgettext_lazy("reason of a bounce", "bad reputation"),
    "requires_ptr": pgettext_lazy("reason of a bounce", "no PTR record"),
    "auth_failure": pgettext_lazy("reason of a bounce", "authentication failed"),
    "starttls_failed": pgettext_lazy("reason of a bounce", "STARTTLS failed"),
    "relaying_denied": pgettext_lazy("reason of a bounce", "relaying denied"),
    "policy_violation": pgettext_lazy("reason of a bounce", "policy violation"),
    "security": pgettext_lazy("reason of a bounce", "security"),
    "spam_detected": pgettext_lazy("reason of a bounce", "spam detected"),
    "virus_detected": pgettext_lazy("reason of a bounce", "virus detected"),
    "content": pgettext_lazy("reason of a bounce", "content"),
    "not_compliant": pgettext_lazy("reason of a bounce", "not compliant"),
    "too_big": pgettext_lazy("reason of a bounce", "too big"),
    "rate_limited": pgettext_lazy("reason of a bounce", "rate limited"),
    "expired": pgettext_lazy("reason of a bounce", "expired"),
    "network_error": pgettext_lazy("reason of a bounce", "network error"),
    "system_error": pgettext_lazy("reason of a bounce", "system error"),
    "system_full": pgettext_lazy("reason of a bounce", "system full"),
    "mailer_error": pgettext_lazy("reason of a bounce", "mailer error"),
    "syntax_error": pgettext_lazy("reason of a bounce", "syntax error"),
    "suppressed": pgettext_lazy("reason of a bounce", "suppressed"),
    "on_hold": pgettext_lazy("reason of a bounce", "on hold"),
    "undefined": pgettext_lazy("reason of a bounce", "undefined"),
    "bounce": pgettext_lazy("kind of report", "bounce"),
    "delayed": pgettext_lazy("kind of report", "delayed"),
    "complaint": pgettext_lazy("kind of report", "complaint"),
    "unsubscribe": pgettext_lazy("kind of report", "unsubscribe"),
    "authentication": pgettext_lazy("kind of report", "authentication"),
    "auto_reply": pgettext_lazy("kind of report", "auto-reply"),
}
"""Labels of bounce reasons and of report kinds (stoppress.inbound.bounces)."""


@register.filter
def bounce_reason(name: str) -> str:
    """Return the label of a bounce reason or report kind; an unknown one without its underscores."""
    return str(BOUNCE_LABELS.get(name, name.replace("_", " ")))


@register.filter
def receiving_domain(name: str) -> str:
    """Return a receiving domain, or the label of a group of domains (stoppress.alerts.receipts.delivery_speed)."""
    return {"all others": _("all others"), "erased": _("erased")}.get(name, name)


@register.filter
def stored_reply(reply: str) -> str:
    """Return the reply of a relay as it is, or the mailer's own remark (delivery/transitions/settle.py) translated."""
    is_own_remark = reply == "the mailer stopped before the reply"
    return _("the mailer stopped before the reply") if is_own_remark else reply


@register.filter
def inline_svg(document: str) -> SafeString:
    """Return the `svg` element of a QR code that this server drew, without its XML declaration."""
    return mark_safe(document[document.index("<svg") :])


@register.simple_tag(name="desk_script_texts")
def write_script_texts() -> SafeString:
    """Write the JSON block that coverage/texts.js reads: the sentences of readers' scripts and of the desk's."""
    return json_script(script_texts() | desk_script_texts(), "page-texts")
