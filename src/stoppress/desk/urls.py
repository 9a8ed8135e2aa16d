"""Addresses of the desk. Every view names its verb (door.py); only logging in needs none."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from stoppress.desk.views import alerts, blogs, drafts, inbox, live, log_in, pictures, posts, readers

app_name = "desk"
LIVE = "live/<slug:slug>"
POST = f"{LIVE}/posts/<uuid:post_id>"

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
    path(f"{POST}/alert/preview", alerts.alert_preview, name="alert-preview"),
    path(f"{POST}/alert/text", alerts.alert_text, name="alert-text"),
    path(f"{LIVE}/alerts/<uuid:alert_id>", alerts.ledger, name="ledger"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<str:name>", inbox.message, name="message"),
    path("inbox/<str:name>/html", inbox.message_html, name="message-html"),
]
