"""Topics at the desk: list, add, edit, retire, bring back."""

import pytest
from django.test import Client

from stoppress.alerts import actions
from stoppress.alerts.actions import topics
from stoppress.alerts.digests.compile_digests import requested_digests
from stoppress.alerts.errors import InvalidAlertError
from stoppress.delivery.models import Alert
from stoppress.desk.access.people import create_user
from stoppress.subscribers.choices import Frequency, SuppressionReason
from stoppress.subscribers.errors import TopicNotFoundError
from stoppress.subscribers.models import Subscriber, Subscription, Suppression, Topic
from stoppress.subscribers.topics import (
    active_subscriptions,
    add_topic,
    breaking_topic,
    find_topics,
    listed_topics,
    story_topic,
)
from tests.factories.alerts import send_post_alert
from tests.factories.subscriber_lists import import_csv
from tests.factories.subscribers import (
    confirm_path,
    confirmed_subscriber,
    manage_path,
    sign_up_subscriber,
    visible_text,
)

pytestmark = pytest.mark.django_db


def desk(role="editor", name="ines"):
    create_user(name, "the-tide-has-turned", role)
    client = Client()
    assert client.login(username=name, password="the-tide-has-turned")
    return client


@pytest.fixture
def editor():
    return desk()


@pytest.fixture
def politics():
    return add_topic("politics", "Politics", "What is decided.")


def wish(topic, clock, frequency=Frequency.INSTANT, **more):
    email = f"w{Subscriber.objects.count()}@example.com"
    reader = Subscriber.objects.create(email=email, key=email, requested_at=clock(), confirmed_at=clock())
    facts = {"requested_at": clock(), "confirmed_at": clock(), "frequency": frequency} | more
    return Subscription.objects.create(topic=topic, subscriber=reader, **facts)


def test_topics_are_listed_with_readers_by_frequency(editor, blog, politics, clock):
    for frequency in (Frequency.INSTANT, Frequency.INSTANT, Frequency.MORNING, Frequency.EVENING):
        wish(politics, clock, frequency)
    wish(politics, clock, unsubscribed_at=clock())
    wish(politics, clock, confirmed_at=None)
    stopped = wish(politics, clock)
    Suppression.objects.create(subscriber=stopped.subscriber, reason=SuppressionReason.COMPLAINT, at=clock())
    wish(story_topic(blog), clock, Frequency.MORNING)
    roll = topics.topic_overview()
    assert [row.topic.slug for row in roll.listed] == ["breaking", "politics"]
    assert list(roll.listed[1].readers.values()) == [2, 1, 1] and roll.listed[1].total == 4
    assert [(row.topic.blog, row.total) for row in roll.stories] == [(blog, 1)]
    text = visible_text(editor.get("/desk/topics").content)
    assert "Politics What is decided. 2 1 1" in text and blog.headline in text


def test_added_topic_is_offered_on_forms(editor):
    answer = editor.post("/desk/add-topic", {"name": " Sport ", "slug": "sport", "description": "Who won."})
    assert answer.status_code == 302
    assert [(topic.slug, topic.name) for topic in listed_topics()][1:] == [("sport", "Sport")]
    assert "Who won." in Client().get("/alerts").content.decode()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "", "slug": "sport"}),
        ("name", {"name": "x" * 101, "slug": "sport"}),
        ("slug", {"name": "Sport", "slug": ""}),
        ("slug", {"name": "Sport", "slug": "Sport!"}),
        ("slug", {"name": "Sport", "slug": "story-sport"}),
        ("slug", {"name": "Sport", "slug": "politics"}),
        ("description", {"name": "Sport", "slug": "sport", "description": "x" * 301}),
    ],
)
def test_invalid_topic_shows_an_error_at_its_field(editor, politics, field, given):
    answer = editor.post("/desk/add-topic", given)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert Topic.objects.filter(blog=None).count() == 2


def test_renamed_topic_keeps_slug_and_readers(editor, politics, clock):
    wish(politics, clock)
    given = {"was_name": "Politics", "was_description": "What is decided.", "name": "Parliament", "description": ""}
    assert editor.post("/desk/topics/politics", given).status_code == 302
    politics.refresh_from_db()
    assert (politics.slug, politics.name, politics.description) == ("politics", "Parliament", "")
    assert active_subscriptions(politics).count() == 1


def test_stale_save_of_a_topic_is_refused(editor, politics):
    Topic.objects.filter(pk=politics.pk).update(name="Parliament")
    given = {"was_name": "Politics", "was_description": "What is decided.", "name": "Power", "description": ""}
    answer = editor.post("/desk/topics/politics", given)
    assert answer.status_code == 409 and "changed this topic" in answer.content.decode()
    assert Topic.objects.get(pk=politics.pk).name == "Parliament"
    assert 'name="was_name" value="Parliament"' in answer.content.decode()


def retired(editor, name="politics"):
    assert editor.get(f"/desk/topics/{name}/retire").status_code == 200
    assert Topic.objects.get(slug=name).retired_at is None
    assert editor.post(f"/desk/topics/{name}/retire").status_code == 302
    return Topic.objects.get(slug=name)


def test_retired_topic_accepts_no_new_readers(editor, politics, client, clock):
    open_wish = sign_up_subscriber("late@example.com", topic="politics")
    retired(editor)
    assert "Politics" not in Client().get("/alerts").content.decode()
    assert client.post("/alerts", {"email": "a@example.com", "topic": "politics"}).status_code == 422
    with pytest.raises(TopicNotFoundError):
        find_topics(["politics"])
    for answer in (client.get(confirm_path(open_wish, politics)), client.post(confirm_path(open_wish, politics))):
        assert answer.status_code == 410 and "Politics" in answer.content.decode()
    tally, heard = import_csv("email,topic\nb@example.com,politics\n")
    assert tally.added == 0 and heard[0].reason == "its topic is retired"
    assert not active_subscriptions(politics).exists()


def test_other_topics_of_a_pending_sign_up_are_confirmed_after_retirement(editor, politics, client):
    reader = sign_up_subscriber(topic=["politics", "breaking"])
    retired(editor)
    page = client.get(confirm_path(reader, politics)).content.decode()
    assert "Politics" not in page and "Breaking news" in page
    client.post(confirm_path(reader, politics))
    assert active_subscriptions(breaking_topic()).count() == 1 and active_subscriptions(politics).count() == 0


def test_readers_of_a_retired_topic_can_unsubscribe_but_not_return(editor, politics, client):
    reader = confirmed_subscriber(topic="politics")
    retired(editor)
    assert active_subscriptions(politics).count() == 1
    assert 'value="politics" checked' in client.get(manage_path(reader)).content.decode()
    client.post(manage_path(reader), {"offered": "politics"})
    assert active_subscriptions(politics).count() == 0
    page = client.get(manage_path(reader)).content.decode()
    assert 'name="topic" value="politics"' not in page
    client.post(manage_path(reader), {"offered": "politics", "topic": "politics"})
    assert active_subscriptions(politics).count() == 0


def test_retired_topic_gets_corrections_but_no_alerts_or_digests(
    editor,
    politics,
    blog,
    post,
    clock,
):
    wish(politics, clock)
    wish(politics, clock, Frequency.MORNING)
    before = send_post_alert(blog, post, clock, topic=politics)
    assert requested_digests()
    retired(editor)
    with pytest.raises(InvalidAlertError) as caught:
        send_post_alert(blog, post, clock, topic=politics, again=True)
    assert caught.value.field == "topic" and requested_digests() == []
    correction = send_post_alert(blog, post, clock, topic=politics, corrects=before, subject="Sea wall stands")
    assert correction.topic == politics and Alert.objects.count() == 2


def test_open_composer_of_a_retired_topic_sends_nothing(editor, politics, blog, post, settings):
    settings.RESOLVER = "off"
    retired(editor)
    given = {"topic": "politics", "subject": "Sea wall fails", "summary": "Go.", "do": "send", "undo": "0"}
    answer = editor.post(f"/desk/live/{blog.slug}/posts/{post.pk}/alert", given)
    assert answer.status_code == 422 and not Alert.objects.exists()
    assert "The topic was retired" in answer.content.decode()


def test_restored_topic_keeps_its_readers(editor, politics, clock):
    wish(politics, clock)
    retired(editor)
    assert [row.total for row in topics.topic_overview().retired] == [1]
    assert editor.post("/desk/topics/politics/bring-back").status_code == 302
    assert politics in listed_topics() and actions.count_recipients(politics) == 1


def test_breaking_news_and_stories_cannot_be_retired(editor, blog):
    breaking_topic()
    assert editor.post("/desk/topics/breaking/retire").status_code == 302
    assert editor.post(f"/desk/topics/{story_topic(blog).slug}/retire").status_code == 404
    assert not Topic.objects.filter(retired_at__isnull=False).exists()


def test_topics_require_an_editor_of_all_live_blogs(politics, blog):
    assert desk("reporter", "tom").post("/desk/topics/politics/retire").status_code == 403
    create_user("lena", "the-tide-has-turned", "admin", blog=blog)
    client = Client()
    client.login(username="lena", password="the-tide-has-turned")
    assert client.get("/desk/topics").status_code == 403
    assert 'href="/desk/topics"' not in client.get("/desk/").content.decode()
