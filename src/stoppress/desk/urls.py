"""Addresses of the desk. Every view names its verb (door.py); only logging in needs none."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from stoppress.desk.views import (
    alert_acts,
    alerts,
    blogs,
    digests,
    drafts,
    inbox,
    live,
    log_in,
    pictures,
    posts,
    readers,
    receipts,
    returns,
)

app_name = "desk"
LIVE = "live/<slug:slug>"
POST = f"{LIVE}/posts/<uuid:post_id>"
ALERT = f"{LIVE}/alerts/<uuid:alert_id>"
DIGEST = "digests/<uuid:alert_id>"

urlpatterns = [
    path("log-in", log_in.LogIn.as_view(), name="log-in"),
    path("log-out", LogoutView.as_view(next_page="/desk/log-in"), name="log-out"),
    path("", blogs.blogs, name="blogs"),
    path("open", blogs.open_new, name="open"),
    path(LIVE, live.live, name="live"),
    path(f"{LIVE}/running", live.running_page, name="running"),
    path(f"{LIVE}/readers", readers.readers, name="readers"),
    path(f"{LIVE}/head", blogs.edit_head, name="head"),
    path(f"{LIVE}/state", blogs.state, name="state"),
    path(f"{LIVE}/drafts", drafts.keep, name="keep"),
    path(f"{LIVE}/drafts/<uuid:draft_id>/discard", drafts.discard, name="discard"),
    path(f"{LIVE}/preview", drafts.preview, name="preview"),
    path(f"{LIVE}/pictures", pictures.add, name="pictures"),
    path(f"{POST}/edit", posts.edit, name="edit"),
    path(f"{POST}/correct", posts.correct_post, name="correct"),
    path(f"{POST}/withdraw", posts.withdraw_post, name="withdraw"),
    path(f"{POST}/mark", posts.mark, name="mark"),
    path(f"{POST}/pin", posts.pin_post, name="pin"),
    path(f"{POST}/alert", alerts.alert, name="alert"),
    path(f"{POST}/alert/check", alerts.alert_check, name="alert-check"),
    path(f"{POST}/alert/preview", alerts.alert_preview, name="alert-preview"),
    path(f"{POST}/alert/text", alerts.alert_text, name="alert-text"),
    path(f"{LIVE}/alert", alerts.alert, name="blog-alert"),
    path(f"{LIVE}/alert/check", alerts.alert_check, name="blog-alert-check"),
    path(f"{LIVE}/alert/preview", alerts.alert_preview, name="blog-alert-preview"),
    path(f"{LIVE}/alert/text", alerts.alert_text, name="blog-alert-text"),
    path(ALERT, receipts.ledger, name="ledger"),
    path(f"{ALERT}/speed", receipts.pace, name="speed"),
    path(f"{ALERT}/mail", receipts.sent_mail, name="sent-mail"),
    path(f"{ALERT}/uncertain", receipts.uncertain, name="uncertain"),
    path(f"{ALERT}/receipt.json", receipts.receipt_json, name="receipt-json"),
    path(f"{ALERT}/deliveries.csv", receipts.deliveries_csv, name="deliveries-csv"),
    path(f"{ALERT}/approve", alert_acts.approve, name="approve"),
    path(f"{ALERT}/decline", alert_acts.decline, name="decline"),
    path(f"{ALERT}/undo", alert_acts.undo, name="undo"),
    path(f"{ALERT}/halt", alert_acts.halt, name="halt"),
    path(f"{ALERT}/resume", alert_acts.resume, name="resume"),
    path(f"{ALERT}/resend", alert_acts.resend, name="resend"),
    path("digests", digests.digests, name="digests"),
    path(DIGEST, receipts.ledger, name="digest"),
    path(f"{DIGEST}/speed", receipts.pace, name="digest-speed"),
    path(f"{DIGEST}/mail", receipts.sent_mail, name="digest-mail"),
    path(f"{DIGEST}/uncertain", receipts.uncertain, name="digest-uncertain"),
    path(f"{DIGEST}/receipt.json", receipts.receipt_json, name="digest-receipt-json"),
    path(f"{DIGEST}/deliveries.csv", receipts.deliveries_csv, name="digest-deliveries-csv"),
    path(f"{DIGEST}/halt", alert_acts.halt, name="digest-halt"),
    path(f"{DIGEST}/resume", alert_acts.resume, name="digest-resume"),
    path(f"{DIGEST}/resend", alert_acts.resend, name="digest-resend"),
    path("returns", returns.returns, name="returns"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<str:name>", inbox.message, name="message"),
    path("inbox/<str:name>/html", inbox.message_html, name="message-html"),
]
