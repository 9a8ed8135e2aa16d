"""What came back of the mail, for administrators: by reason and domain, and the addresses that make most trouble."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from stoppress.desk.access.permission_check import door
from stoppress.inbound.bounce_scores import troubles
from stoppress.inbound.bounce_statistics import lately
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.subscribers.models import Subscriber


@door("people")
@require_safe
def returns(request):
    """The last week's reports, and scores. Addresses are shortened."""
    now = utc_now()
    worst = troubles(now)
    emails = dict(Subscriber.objects.filter(pk__in=[one.subscriber for one in worst]).values_list("pk", "email"))
    rows = [(mask_mail_address(emails.get(one.subscriber, "")), one.score, _words(one.reason)) for one in worst]
    told = [(_words(one.reason or one.kind), one) for one in lately(now)]
    return render(request, "desk/returns.html", {"told": told, "troubles": rows})


def _words(name):
    return name.replace("_", " ")
