"""The audit log at the desk. For administrators."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from stoppress.desk.access.audit_log import CHANGES, find_entries
from stoppress.desk.access.permission_check import require_permission

ENTRIES_PER_PAGE = 100


@require_permission("people")
@require_safe
def audit(request):
    """Show the entries, newest first: all, or those about one name, or changes of access only."""
    name, only_changes = request.GET.get("name", "").strip()[:150], "changes" in request.GET
    entries = find_entries(name, CHANGES if only_changes else ())
    page = Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/audit.html", {"page": page, "name": name, "only_changes": only_changes})
