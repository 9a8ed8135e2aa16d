"""Lists of subscribers brought in and written out, in the real database (also PostgreSQL, test_postgresql.py)."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.models import Delivery
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.signup.lists import export_subscriptions
from stoppress.signup.lists.csv_records import MALFORMED_REASON
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Suppression
from stoppress.subscribers.topics import add_topic, breaking_topic, active_subscriptions
from tests.factories.subscriber_lists import NOW, import_csv

pytestmark = pytest.mark.django_db
EARLIER = NOW - timedelta(days=30)


def tables():
    return [list(model.objects.order_by("pk").values()) for model in (Subscriber, Subscription, Consent, Suppression)]


def in_force_now():
    wishes = Subscription.objects.filter(unsubscribed_at=None).order_by("subscriber__key")
    return list(wishes.values_list("subscriber__key", "topic__slug", "frequency", "confirmed_at"))


def known(email, *, left=None, confirmed=EARLIER):
    reader = Subscriber.objects.create(email=email, domain="example.com", key=email, requested_at=EARLIER)
    Subscription.objects.create(
        subscriber=reader, topic=breaking_topic(), requested_at=EARLIER, confirmed_at=confirmed, unsubscribed_at=left
    )
    return reader


def test_a_list_comes_in_once_however_often_it_is_read():
    lines = [f"r{number}@example.com,Europe/Oslo,2020-01-02T03:04:05Z\n" for number in range(10)]
    text = "email,zone,confirmed_at\n" + "".join(lines)
    assert import_csv(text)[0].added == 10
    state = tables()
    again = import_csv(text)[0]
    assert (again.added, again.already_subscribed) == (0, 10)
    assert state == tables()
    reader = Subscriber.objects.get(key="r3@example.com")
    assert (reader.domain, reader.zone) == ("example.com", "Europe/Oslo")
    assert reader.confirmed_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert len(set(Subscriber.objects.values_list("secret", flat=True))) == 10
    consent = Consent.objects.get(subscriber=reader)
    assert (consent.kind, consent.origin, consent.at) == ("imported", "import of list.csv", NOW)
    assert active_subscriptions(breaking_topic()).count() == 10 and not Delivery.objects.exists()


def test_the_same_address_in_other_letters_is_the_same_one():
    tally, _ = import_csv("email\nMari@Example.com\nmari@example.com\n<MARI@example.com>\nx@y.org\nmari@EXAMPLE.com\n")
    assert (tally.added, tally.already_subscribed) == (2, 3)
    assert Subscriber.objects.filter(key="mari@example.com").get().email == "Mari@example.com"


def test_nobody_who_left_complained_or_was_erased_is_brought_back(clock):
    known("left@example.com", left=EARLIER)
    Suppression.objects.create(subscriber=known("dead@example.com"), reason=SuppressionReason.NO_SUCH_ADDRESS, at=EARLIER)
    erase_subscriber(known("erased@example.com"), now=EARLIER)
    before = tables()
    tally, heard = import_csv("email\nleft@example.com\ndead@example.com\nErased@example.com\n")
    assert [refused.reason for refused in heard] == [
        "has unsubscribed",
        "suppressed: the receiving server reports that the address does not exist",
        "erased at its owner's request",
    ]
    assert [refused.row for refused in heard] == [2, 3, 4] and tally.added == 0
    assert before == tables()


def test_who_asked_and_never_confirmed_is_confirmed_by_the_list():
    known("slow@example.com", confirmed=None)
    assert import_csv("email\nslow@example.com\n")[0].added == 1
    assert active_subscriptions(breaking_topic()).count() == 1 and Subscriber.objects.get().confirmed_at == NOW


def test_bad_rows_are_told_by_number_and_reason():
    text = 'email,topic\nmari@example.com,\nnonsense,\n"open@example.com\n,\nx@y.org,no-such\n=cmd@x.org,\n'
    tally, heard = import_csv(text)
    assert tally.added == 2
    assert [(one.row, one.reason) for one in heard] == [
        (3, "not an email address"),
        (4, MALFORMED_REASON),
        (6, "no such topic"),
    ]


def test_a_dry_run_tells_the_same_and_changes_nothing():
    text = "email\nmari@example.com\nnonsense\n"
    dry = import_csv(text, dry_run=True)[0]
    assert not Subscriber.objects.exists()
    assert dry == import_csv(text)[0]


def test_whoever_is_asked_gets_one_letter_and_counts_only_when_confirmed():
    known("here@example.com")
    tally, _ = import_csv("email,state\nmari@example.com,requested\nhere@example.com,confirmed\n", must_confirm=True)
    assert (tally.invited, tally.already_subscribed) == (1, 1)
    assert list(Delivery.objects.values_list("subscriber__key", "transactional_kind")) == [("mari@example.com", TransactionalKind.CONFIRM)]
    assert active_subscriptions(breaking_topic()).count() == 1
    assert import_csv("email\nmari@example.com\n", must_confirm=True)[0].invited == 1
    assert import_csv("email\nmari@example.com\n", must_confirm=True)[0].rejected == {"has got several mails recently": 1}


def test_without_consent_nobody_comes_in():
    tally, heard = import_csv("email,state\nmari@example.com,requested\n")
    assert tally.added == 0 and heard[0].reason == "not confirmed"


def test_what_is_written_out_can_be_brought_in_elsewhere():
    add_topic("politics", "Politics")
    import_csv("email,topic,frequency,zone\n=a@example.com,politics,morning,Europe/Oslo\nb@example.com,breaking,,\n")
    known("left@example.com", left=EARLIER)
    erase_subscriber(known("erased@example.com"), now=EARLIER)
    file = io.StringIO(newline="")
    assert list(export_subscriptions(file))[-1] == 3
    text = file.getvalue()
    assert "'=a@example.com,politics,confirmed,morning,,Europe/Oslo" in text and "erased" not in text
    before = in_force_now()
    Consent.objects.all().delete()
    Subscription.objects.all().delete()
    Suppression.objects.all().delete()
    Subscriber.objects.all().delete()
    tally, heard = import_csv(text)
    assert tally.added == 2 and [one.reason for one in heard] == ["unsubscribed before"]
    assert before == in_force_now()


def test_one_topic_can_be_written_out_alone():
    add_topic("politics", "Politics")
    import_csv("email,topic\na@example.com,politics\na@example.com,breaking\n")
    file = io.StringIO(newline="")
    list(export_subscriptions(file, breaking_topic()))
    assert file.getvalue().count("a@example.com") == 1
