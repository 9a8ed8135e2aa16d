"""What came back of the mail, for administrators: by reason and domain, and the addresses that make most trouble."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from stoppress.desk.access.permission_check import require_permission
from stoppress.inbound.bounce_scores import highest_scores
from stoppress.inbound.bounce_statistics import count_recent_reports
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.subscribers.models import Subscriber


@require_permission("people")
@require_safe
def list_bounces(request):
    """The last week's reports, and scores. Addresses are shortened."""
    now = utc_now()
    worst = highest_scores(now)
    emails = dict(Subscriber.objects.filter(pk__in=[one.subscriber_id for one in worst]).values_list("pk", "email"))
    rows = [(mask_mail_address(emails.get(one.subscriber_id, "")), one.score, _words(one.reason)) for one in worst]
    told = [(_words(one.reason or one.kind), one) for one in count_recent_reports(now)]
    return render(request, "desk/bounces.html", {"told": told, "troubles": rows})


def _words(name):
    return name.replace("_", " ")
