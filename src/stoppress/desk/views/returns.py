"""What came back of the mail, for administrators: by reason and domain, and the addresses that make most trouble."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from stoppress.alerts.models import Subscriber
from stoppress.alerts.receiving.counting import lately
from stoppress.alerts.receiving.scores import troubles
from stoppress.desk.door import door
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address


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
