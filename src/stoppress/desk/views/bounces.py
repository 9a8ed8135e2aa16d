"""Bounces of the last week by reason and domain, and addresses with repeated failures; for administrators."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.templatetags.desk_texts import bounce_reason
from stoppress.inbound.bounce_scores import highest_scores
from stoppress.inbound.bounce_statistics import count_recent_reports
from stoppress.runtime.clock import utc_now
from stoppress.runtime.mail_masking import mask_mail_address
from stoppress.subscribers.models import Subscriber


@require_permission("people")
@require_safe
def list_bounces(request):
    """Show the reports of the last week and the addresses with the highest scores, masked."""
    now = utc_now()
    scores = highest_scores(now)
    subscribers = Subscriber.objects.filter(pk__in=[score.subscriber_id for score in scores])
    addresses = dict(subscribers.values_list("pk", "email"))
    context = {
        "reports": [(bounce_reason(report.reason or report.kind), report) for report in count_recent_reports(now)],
        "failing_addresses": [
            (mask_mail_address(addresses.get(score.subscriber_id, "")), score.score, bounce_reason(score.reason))
            for score in scores
        ],
    }
    return render(request, "desk/bounces.html", context)
