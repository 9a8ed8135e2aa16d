"""The list of digests and their deliveries, for people with a seat for all live blogs."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from stoppress.alerts.actions import digests as all_digests
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.alert_receipt import sent_alerts

DIGESTS_PER_PAGE = 30


@require_permission("receipts")
@require_safe
def list_digests(request):
    """Show the digests, newest first."""
    page = Paginator(all_digests(), DIGESTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"digests": sent_alerts(page.object_list, timezone.now()), "page": page}
    return render(request, "desk/digests.html", context)
