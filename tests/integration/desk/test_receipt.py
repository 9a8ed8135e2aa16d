"""The receipt at the desk: stages, actions by role, uncertain deliveries, exports."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from html import unescape
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncRequestFactory, Client, RequestFactory

from stoppress.alerts.actions import halt_for_post
from stoppress.alerts.models import Decision
from stoppress.coverage.actions import correct
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.models import Alert, Delivery
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import mark_orphans_uncertain
from stoppress.desk.access.people import create_user
from stoppress.desk.views.streaming_response import stream_response
from stoppress.inbound.models import Bounce
from tests.factories.alerts import (
    APPROVAL_TERMS,
    UNDO_TERMS,
    add_subscribers,
    cancel_all_unsent,
    materialise_all,
    send_post_alert,
    settle_some_accepted,
)

DESK = "/desk/live/storm-maren/alerts"
WORDS = (
    ("accepted", "accepted"),
    ("refused", "refused"),
    ("uncertain", "uncertain"),
    ("in_flight", "on their way"),
    ("pending", "waiting"),
    ("deferred", "to be tried again"),
    ("halted", "halted"),
    ("suppressed", "unsubscribed before it was sent"),
    ("expired", "too late to send"),
    ("superseded", "replaced by the corrected version"),
)


@pytest.fixture
def desk(blog: LiveBlog, client: Client) -> Client:
    client.force_login(create_user("tom", "correct-horse-9", "editor"))
    return client


@pytest.fixture
def clock():
    """Return the current time, which the desk reads."""
    return lambda: datetime.now(UTC)


def seen(desk: Client, alert: Alert, **headers: str) -> str:
    return " ".join(desk.get(f"{DESK}/{alert.pk}", headers=headers).content.decode().split())


def act(desk: Client, alert: Alert, name: str, **given: object) -> str:
    answer = desk.post(f"{DESK}/{alert.pk}/{name}", given, follow=True)
    assert answer.redirect_chain == [(f"{DESK}/{alert.pk}", 302)]
    return " ".join(answer.content.decode().split())


def test_receipt_lists_all_ten_states_and_their_sum(desk, blog, post: Post, clock) -> None:
    add_subscribers(57, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock, size=100)
    states = [state for number, (state, _) in enumerate(WORDS, 1) for _ in range(number)]
    assert len(states) == 55 and set(states) == {state.value for state in State}
    for row, state in zip(Delivery.objects.order_by("pk"), states, strict=False):
        Delivery.objects.filter(pk=row.pk).update(state=state)
    page = seen(desk, alert)
    for number, (state, words) in enumerate(WORDS, 1):
        count = number + 2 if state == "pending" else number  # two deliveries are as they were made: waiting
        assert f'class="bar--{state}" width="20" height="14"/></svg> {words}</th><td>{count}</td>' in page
    assert "recipients</th><td>57</td></tr></tfoot>" in page


def test_held_alert_can_be_undone(desk, blog, post: Post, clock) -> None:
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock, terms=UNDO_TERMS)
    page = seen(desk, alert)
    assert "Sending starts in 10 seconds." in page and ">Undo</button>" in page and 'hx-trigger="every 1s"' in page
    page = act(desk, alert, "undo")
    assert (
        "Taken back. No message was sent." in page and "before any message was sent" in page and "took it back" in page
    )
    assert Decision.objects.filter(alert=alert, kind="undone", by="tom").exists()


def test_second_editor_approves_and_the_sender_cannot(desk, blog, post: Post, clock) -> None:
    add_subscribers(3, clock())
    mine = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS, by="tom")
    assert "another editor must approve it" in seen(desk, mine) and "Take it back" in seen(desk, mine)
    assert "another editor must approve it" in act(desk, mine, "approve")
    theirs = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS, again=True)
    assert "Approve: send to 3" in seen(desk, theirs) and "Waiting for a second editor" in seen(desk, theirs)
    assert "Sending starts in" in act(desk, theirs, "approve")
    third = send_post_alert(blog, post, clock, terms=APPROVAL_TERMS, again=True)
    assert "Declined. It is not sent." in act(desk, third, "decline")
    assert "waiting for a second editor" in desk.get("/desk/live/storm-maren").content.decode()


def test_halt_shows_the_progress_and_resume_continues(desk, blog, post: Post, clock) -> None:
    add_subscribers(5, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 2)
    assert "Halt now" in seen(desk, alert)
    page = act(desk, alert, "halt")
    assert "Halted after 2 of 5." in page and "after 2 of 5." in page and "Resume: 3 to go" in page
    page = act(desk, alert, "resume")
    assert "Resumed: 3 readers left." in page and "resumed it, for 3 readers" in page


def test_alert_that_cannot_resume_shows_the_reason(desk, blog, post: Post, clock) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    act(desk, alert, "halt")
    Alert.objects.update(not_after=clock())
    assert "Its time is over" in seen(desk, alert) and "Resume" not in seen(desk, alert)
    assert "Its time is over" in act(desk, alert, "resume")


def test_expired_deliveries_are_resumed_with_more_time(desk, blog, post: Post, clock) -> None:
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    assert "Resume with more time" not in seen(desk, alert)
    Alert.objects.update(not_after=clock())
    cancel_all_unsent(now=clock())
    assert "It came too late for 3." in seen(desk, alert)
    assert desk.post(f"{DESK}/{alert.pk}/resume", {"hours": "9"}).status_code == 400
    page = act(desk, alert, "resume", hours="4")
    assert "Resumed: 3 readers left." in page and "Resume with more time" not in page
    assert Delivery.objects.filter(state=State.PENDING).count() == 3


def test_receipt_lists_the_shortfall(desk, blog, post: Post, clock) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    assert "missing: counted at Send" not in seen(desk, alert)
    Alert.objects.update(intended=5)
    page = seen(desk, alert)
    assert "missing: counted at Send, but never created</th><td>3</td>" in page


def test_uncertain_deliveries_are_compared_with_the_log_and_resent(desk, blog, post, clock, tmp_path, settings) -> None:
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(3, holder="dead", now=clock())
    mark_orphans_uncertain(now=clock())
    page = desk.get(f"{DESK}/{alert.pk}/uncertain").content.decode()
    assert "3 uncertain" in page and "r…@example.com" in page and "r0@example.com" not in page
    row = Delivery.objects.filter(state=State.UNCERTAIN).order_by("pk").first()
    message_id = unescape(page.split("<code>")[1].split("</code>")[0])
    lines = [f"message-id={message_id}", "from=<x>, size=9, nrcpt=1 (queue active)", "to=<r>, status=sent (250 ok)"]
    log = "\n".join(f"postfix/smtp[7]: 4F1A2B3C4D: {line}" for line in lines)
    (tmp_path / "mail.log").write_text(log)
    settings.RELAY_LOG_FILE = str(tmp_path / "mail.log")
    packed, plain = (SimpleUploadedFile("mail.log", made) for made in (gzip.compress(log.encode()), log.encode()))
    for given in ({"log": log}, {"log_file": plain}, {"log_file": packed}, {"here": "1"}):
        text = " ".join(desk.post(f"{DESK}/{alert.pk}/uncertain", given).content.decode().split())
        assert "The log contains 1 of 3" in text and f'name="spare" value="{row.pk}"' in text
    assert "Resend to 2; as many may get it twice" in text
    assert "Resent to 2 readers" in act(desk, alert, "resend", spare=row.pk)
    assert Delivery.objects.filter(state=State.UNCERTAIN).get().pk == row.pk


def test_unreadable_log_shows_the_reason_and_excludes_no_delivery(desk, blog, post, clock, settings, tmp_path) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(2, holder="dead", now=clock())
    mark_orphans_uncertain(now=clock())
    at, settings.RELAY_LOG_FILE = f"{DESK}/{alert.pk}/uncertain", str(tmp_path / "mail.log")
    broken = SimpleUploadedFile("mail.log.gz", gzip.compress(b"x" * 1000)[:20])
    for given in ({"log_file": broken}, {"here": "1"}):
        page = " ".join(desk.post(at, given).content.decode().split())
        assert "The log cannot be read" in page and "Resend to 2" in page and "The log contains" not in page
    settings.RELAY_LOG_FILE = ""
    page = desk.post(at, {"here": "1"}).content.decode()
    assert "on this machine" not in page and "The log contains" not in page


def test_malformed_id_ranges_resend_nothing(desk, blog, post: Post, clock) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    claim_deliveries(2, holder="dead", now=clock())
    mark_orphans_uncertain(now=clock())
    assert desk.post(f"{DESK}/{alert.pk}/resend", {"spare": "1-99999999999"}).status_code == 400
    assert Delivery.objects.filter(state=State.UNCERTAIN).count() == 2


def test_receipt_update_contains_buttons_only_after_a_change(desk, blog, post, clock) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    same = desk.get(f"{DESK}/{alert.pk}?seen=under-way-0", headers={"HX-Request": "true"}).content.decode()
    other = desk.get(f"{DESK}/{alert.pk}?seen=held-0", headers={"HX-Request": "true"}).content.decode()
    assert 'id="actions"' not in same and 'id="actions" hx-swap-oob="true"' in other


def test_reporter_reads_the_receipt_and_cannot_act(blog, post: Post, clock, client: Client) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    client.force_login(create_user("lena", "correct-horse-9", "reporter"))
    page = seen(client, alert)
    assert "Sending: 0 of 2" in page and "Halt now" not in page and "deliveries.csv" not in page
    for name in ("approve", "decline", "undo", "halt", "resume", "resend"):
        assert client.post(f"{DESK}/{alert.pk}/{name}").status_code == 403
    assert client.get(f"{DESK}/{alert.pk}/deliveries.csv").status_code == 403


@pytest.mark.parametrize(("role", "full"), [("editor", False), ("admin", True)])
def test_only_administrators_export_full_addresses(blog, post, clock, client, role: str, full: bool) -> None:
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    client.force_login(create_user("lena", "correct-horse-9", role))
    answer = client.get(f"{DESK}/{alert.pk}/deliveries.csv")
    text = b"".join(answer.streaming_content).decode()
    assert ("r0@example.com" in text) is full and ("r…@example.com" in text) is not full
    assert len(text.splitlines()) == 4 and answer["Content-Disposition"].startswith("attachment")


def test_receipt_as_json_is_consistent(desk, blog, post: Post, clock) -> None:
    add_subscribers(3, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 2)
    said = json.loads(desk.get(f"{DESK}/{alert.pk}/receipt.json").content)
    assert said["intended"] == 3 == sum(said["states"].values()) and said["states"]["accepted"] == 2
    assert said["speed"]["overall"]["accepted"] == 2 and said["speed"]["overall"]["p99"] is None


def test_delivery_speed_has_its_own_page(desk, blog, post: Post, clock) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    assert "No server had accepted it at " in desk.get(f"{DESK}/{alert.pk}/speed").content.decode()
    materialise_all(clock)
    settle_some_accepted(clock, 1)
    page = desk.get(f"{DESK}/{alert.pk}/speed").content.decode()
    assert "all servers" in page and "not yet" in page and "50 %" in page


def test_alert_of_another_live_blog_is_not_found(desk, blog, post: Post, clock) -> None:
    for name in ("", "/speed", "/mail", "/uncertain", "/receipt.json", "/deliveries.csv"):
        assert desk.get(f"{DESK}/{uuid4()}{name}").status_code == 404
    assert desk.post(f"{DESK}/{uuid4()}/halt").status_code == 404


def test_streamed_response_computes_chunks_on_demand() -> None:
    made = []

    def pieces():
        for n in range(3):
            made.append(n)
            yield str(n)

    assert b"".join(stream_response(RequestFactory().get("/"), pieces())) == b"012"
    answer = stream_response(AsyncRequestFactory().get("/"), pieces())

    async def first_two():
        got = []
        async for piece in answer:
            got.append(piece)
            if len(got) == 2:
                break
        return got

    made.clear()
    assert asyncio.run(first_two()) == [b"0", b"1"] and made == [0, 1]


def test_bounces_are_shown_beside_the_receipt(desk, blog, post: Post, clock) -> None:
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 4)
    first, second, third, _ = Delivery.objects.order_by("pk")
    for number, (row, kind, reason, dead) in enumerate(
        [
            (first, "bounce", "user_unknown", True),
            (first, "bounce", "user_unknown", True),
            (second, "bounce", "mailbox_full", False),
            (third, "complaint", "", False),
        ]
    ):
        Bounce.objects.create(
            key=str(number), at=clock(), via="smtp", kind=kind, reason=reason, dead=dead, proven=True, delivery=row
        )
    page = seen(desk, alert)
    assert "Since then: 2 bounced (1 from dead addresses), 1 complained." in page
    assert "mailbox full 1, user unknown 1" in page
    assert json.loads(desk.get(f"{DESK}/{alert.pk}/receipt.json").content)["returned"]["complaints"] == 1
    assert "4</td></tr></tfoot>" in page  # the ledger is as it was


def test_fully_delivered_alert_is_done_when_its_post_is_corrected_later(desk, blog, post: Post, clock) -> None:
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 4)
    correct(blog.slug, post.pk, Content("Right", "<p>Right.</p>"), note="A name.", by="tom", now=clock(), based_on=1)
    assert halt_for_post(post.pk, now=clock()).already_sent == 4
    page = seen(desk, alert)
    assert 'role="status">Done.' in page and "Halted" not in page and "Resume" not in page
    said = json.loads(desk.get(f"{DESK}/{alert.pk}/receipt.json").content)
    assert said["halted_at"] is None and said["states"]["accepted"] == 4 and said["finished"] is True


def test_partly_delivered_alert_is_halted_when_its_post_is_corrected(desk, blog, post: Post, clock) -> None:
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 1)
    correct(blog.slug, post.pk, Content("Right", "<p>Right.</p>"), note="A name.", by="tom", now=clock(), based_on=1)
    halt_for_post(post.pk, now=clock())
    page = seen(desk, alert)
    assert "Halted at" in page and "after 1 of 4." in page and "It cannot be resumed." in page
    assert json.loads(desk.get(f"{DESK}/{alert.pk}/receipt.json").content)["halted_at"] is not None


def test_halting_a_delivered_alert_changes_nothing(desk, blog, post: Post, clock) -> None:
    add_subscribers(2, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    settle_some_accepted(clock, 2)
    desk.post(f"{DESK}/{alert.pk}/halt")
    assert Alert.objects.get(pk=alert.pk).halted_at is None and not Decision.objects.filter(kind="halted").exists()


def test_each_refresh_of_the_receipt_brings_the_speed_of_the_same_moment(desk, blog, post: Post, clock) -> None:
    add_subscribers(4, clock())
    alert = send_post_alert(blog, post, clock)
    materialise_all(clock)
    answer = seen(desk, alert, **{"HX-Request": "true"})
    assert "No server had accepted it at " in answer and 'id="speed"' in answer
    for accepted in (1, 4):
        settle_some_accepted(clock, accepted if accepted == 1 else 3)
        path = f"{DESK}/{alert.pk}?seen=under-way-0"
        answer = " ".join(desk.get(path, headers={"HX-Request": "true"}).content.decode().split())
        assert f"accepted</th><td>{accepted}</td>" in answer and "No server had accepted" not in answer
        assert '<div id="speed" hx-swap-oob="true">' in answer and "all servers" in answer
    assert 'role="status">Done.' in answer and "100 %" in answer
