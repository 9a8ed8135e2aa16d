"""Addresses of the desk but log-in and accounts (account_urls.py). Every view names its permission."""

from django.urls import URLPattern, path

from stoppress.desk.views import (
    alert_actions,
    alerts,
    bounces,
    digests,
    drafts,
    find,
    history,
    kept_mail,
    language,
    live_blog,
    live_blogs,
    picture_upload,
    posts,
    receipts,
    scheduled_posts,
    submissions,
    topics,
)
from stoppress.desk.views.access import audit, people, tokens

app_name = "desk"
LIVE = "live/<slug:slug>"
POST = f"{LIVE}/posts/<uuid:post_id>"
SUBMITTED = f"{LIVE}/submitted/<uuid:draft_id>"
SCHEDULED = f"{LIVE}/scheduled/<uuid:draft_id>"
ALERT = f"{LIVE}/alerts/<uuid:alert_id>"
PERSON = "people/<str:name>"
DIGEST = "digests/<uuid:alert_id>"


def composer_paths(base: str, prefix: str = "") -> list[URLPattern]:
    """Return the addresses of the alert composer of a post or a live blog."""
    return [
        path(f"{base}/alert", alerts.compose_alert, name=f"{prefix}alert"),
        path(f"{base}/alert/check", alerts.check_alert, name=f"{prefix}alert-check"),
        path(f"{base}/alert/preview", alerts.preview_alert_html, name=f"{prefix}alert-preview"),
        path(f"{base}/alert/text", alerts.preview_alert_text, name=f"{prefix}alert-text"),
    ]


def receipt_paths(base: str, prefix: str = "") -> list[URLPattern]:
    """Return the addresses of the receipt of an alert or a digest, and of the actions on it."""
    return [
        path(base, receipts.show_receipt, name=f"{prefix}receipt"),
        path(f"{base}/speed", receipts.show_speed, name=f"{prefix}speed"),
        path(f"{base}/mail", receipts.show_mail, name=f"{prefix}sent-mail"),
        path(f"{base}/uncertain", receipts.show_uncertain, name=f"{prefix}uncertain"),
        path(f"{base}/receipt.json", receipts.receipt_json, name=f"{prefix}receipt-json"),
        path(f"{base}/deliveries.csv", receipts.deliveries_csv, name=f"{prefix}deliveries-csv"),
        path(f"{base}/halt", alert_actions.halt, name=f"{prefix}halt"),
        path(f"{base}/resume", alert_actions.resume, name=f"{prefix}resume"),
        path(f"{base}/resend", alert_actions.resend, name=f"{prefix}resend"),
    ]


urlpatterns = [
    path("language", language.set_language, name="language"),
    path("", live_blogs.list_live_blogs, name="blogs"),
    path("find", find.find_everywhere, name="find-everywhere"),
    path("open", live_blogs.open_live_blog, name="open"),
    path(LIVE, live_blog.live_blog, name="live-blog"),
    path(f"{LIVE}/timeline", live_blog.timeline, name="timeline"),
    path(f"{LIVE}/readers", live_blog.show_readership, name="readers"),
    path(f"{LIVE}/find", find.find_in_live_blog, name="find"),
    path(f"{LIVE}/log", history.show_log, name="log"),
    path(f"{LIVE}/edit", live_blogs.edit_live_blog, name="edit-live-blog"),
    path(f"{LIVE}/state", live_blogs.change_state, name="state"),
    path(f"{LIVE}/drafts", drafts.save, name="save-draft"),
    path(f"{LIVE}/drafts/<uuid:draft_id>/discard", drafts.discard, name="discard-draft"),
    path(f"{LIVE}/schedule", scheduled_posts.schedule, name="schedule"),
    path(SCHEDULED, scheduled_posts.show_scheduled, name="scheduled"),
    path(f"{SCHEDULED}/change", scheduled_posts.change, name="change-scheduled"),
    path(f"{SCHEDULED}/cancel", scheduled_posts.cancel, name="cancel-scheduled"),
    path(f"{LIVE}/submit", submissions.submit, name="submit"),
    path(f"{LIVE}/submitted", submissions.list_submitted, name="submitted-list"),
    path(SUBMITTED, submissions.show_submitted, name="submitted"),
    path(f"{SUBMITTED}/approve", submissions.approve, name="approve-post"),
    path(f"{SUBMITTED}/save", submissions.save, name="save-submitted"),
    path(f"{SUBMITTED}/return", submissions.return_post, name="return-post"),
    path(f"{SUBMITTED}/take-back", submissions.take_back, name="take-back"),
    path(f"{LIVE}/preview", drafts.preview, name="preview"),
    path(f"{LIVE}/pictures", picture_upload.upload_picture, name="pictures"),
    path(f"{LIVE}/pictures/<str:name>", picture_upload.show_picture, name="picture"),
    path(f"{POST}/edit", posts.edit_post, name="edit"),
    path(f"{POST}/correct", posts.correct_post, name="correct"),
    path(f"{POST}/withdraw", posts.withdraw_post, name="withdraw"),
    path(f"{POST}/history", history.show_post_history, name="post-history"),
    path(f"{POST}/mark", posts.mark_post, name="mark"),
    path(f"{POST}/pin", posts.pin_post, name="pin"),
    *composer_paths(POST),
    *composer_paths(LIVE, "blog-"),
    *receipt_paths(ALERT),
    path(f"{ALERT}/approve", alert_actions.approve, name="approve"),
    path(f"{ALERT}/decline", alert_actions.decline, name="decline"),
    path(f"{ALERT}/undo", alert_actions.undo, name="undo"),
    path("digests", digests.list_digests, name="digests"),
    *receipt_paths(DIGEST, "digest-"),
    path("topics", topics.list_topics, name="topics"),
    path("add-topic", topics.create_topic, name="topic-add"),
    path("topics/<str:name>", topics.edit_topic, name="topic"),
    path("topics/<str:name>/retire", topics.retire_topic, name="topic-retire"),
    path("topics/<str:name>/bring-back", topics.bring_back_topic, name="topic-bring-back"),
    path("people", people.people, name="people"),
    path("add-person", people.add, name="person-add"),
    path(PERSON, people.person, name="person"),
    path(f"{PERSON}/disable", people.disable, name="person-disable"),
    path(f"{PERSON}/enable", people.enable, name="person-enable"),
    path(f"{PERSON}/password", people.reset_password, name="person-password"),
    path(f"{PERSON}/log-out", people.log_out, name="person-log-out"),
    path(f"{PERSON}/seat", people.give_seat, name="person-seat"),
    path(f"{PERSON}/remove-seat", people.take_seat, name="person-remove-seat"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("audit", audit.audit, name="audit"),
    path("bounces", bounces.list_bounces, name="bounces"),
    path("inbox", kept_mail.inbox, name="inbox"),
    path("inbox/<str:name>", kept_mail.message, name="message"),
    path("inbox/<str:name>/html", kept_mail.message_html, name="message-html"),
]
