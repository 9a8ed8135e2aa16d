"""Digests, for who may read all live blogs: what went out by itself, when, and what became of it."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from stoppress.alerts.actions import digests as all_digests
from stoppress.desk.access.permission_check import door
from stoppress.desk.screens.alert_receipt import all_sent

ON_A_PAGE = 30


@door("read")
@require_safe
def digests(request):
    """The newest first."""
    page = Paginator(all_digests(), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"digests": all_sent(page.object_list, timezone.now()), "page": page}
    return render(request, "desk/digests.html", context)
