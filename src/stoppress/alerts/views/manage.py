"""`/alerts/manage/TOKEN`: what one reader gets."""

from django.shortcuts import render

from stoppress.alerts.signup import choices, choose, find_reader, leave_all, shortened
from stoppress.alerts.views.private import token_page, told, utc_now


@token_page
def manage(request, token):
    """Show the topics; take the reader's choice."""
    reader = find_reader(token)
    saved = request.method == "POST"
    if saved and "leave_all" in request.POST:
        leave_all(reader, now=utc_now())
        return told(request, "You have left", f"We will not write to {shortened(reader.email)} any more.")
    if saved:
        choose(reader, request.POST.getlist("topic"), now=utc_now())
    context = {"choices": choices(reader), "address": shortened(reader.email), "saved": saved}
    return render(request, "alerts/manage.html", context)
