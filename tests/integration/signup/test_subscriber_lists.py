"""Imported and exported lists of subscribers, with the real database (also PostgreSQL, test_postgresql.py)."""

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
from stoppress.subscribers.topics import active_subscriptions, add_topic, breaking_topic
from tests.factories.subscriber_lists import NOW, import_csv

pytestmark = pytest.mark.django_db
EARLIER = NOW - timedelta(days=30)


def all_rows():
    return [list(model.objects.order_by("pk").values()) for model in (Subscriber, Subscription, Consent, Suppression)]


def active_rows():
    subscriptions = Subscription.objects.filter(unsubscribed_at=None).order_by("subscriber__key")
    return list(subscriptions.values_list("subscriber__key", "topic__slug", "frequency", "confirmed_at"))


def create_subscriber(email, *, left=None, confirmed=EARLIER):
    reader = Subscriber.objects.create(email=email, domain="example.com", key=email, requested_at=EARLIER)
    Subscription.objects.create(
        subscriber=reader, topic=breaking_topic(), requested_at=EARLIER, confirmed_at=confirmed, unsubscribed_at=left
    )
    return reader


def test_import_adds_each_address_once_when_repeated():
    lines = [f"r{number}@example.com,Europe/Oslo,2020-01-02T03:04:05Z\n" for number in range(10)]
    text = "email,zone,confirmed_at\n" + "".join(lines)
    assert import_csv(text)[0].added == 10
    state = all_rows()
    again = import_csv(text)[0]
    assert (again.added, again.already_subscribed) == (0, 10)
    assert state == all_rows()
    reader = Subscriber.objects.get(key="r3@example.com")
    assert (reader.domain, reader.zone) == ("example.com", "Europe/Oslo")
    assert reader.confirmed_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert len(set(Subscriber.objects.values_list("secret", flat=True))) == 10
    consent = Consent.objects.get(subscriber=reader)
    assert (consent.kind, consent.origin, consent.at) == ("imported", "import of list.csv", NOW)
    assert active_subscriptions(breaking_topic()).count() == 10 and not Delivery.objects.exists()


def test_import_counts_spellings_of_an_address_as_one():
    report, _ = import_csv("email\nMari@Example.com\nmari@example.com\n<MARI@example.com>\nx@y.org\nmari@EXAMPLE.com\n")
    assert (report.added, report.already_subscribed) == (2, 3)
    assert Subscriber.objects.filter(key="mari@example.com").get().email == "Mari@example.com"


def test_import_rejects_unsubscribed_suppressed_and_erased_addresses(clock):
    create_subscriber("left@example.com", left=EARLIER)
    Suppression.objects.create(
        subscriber=create_subscriber("dead@example.com"), reason=SuppressionReason.NO_SUCH_ADDRESS, at=EARLIER
    )
    erase_subscriber(create_subscriber("erased@example.com"), now=EARLIER)
    before = all_rows()
    report, rejected = import_csv("email\nleft@example.com\ndead@example.com\nErased@example.com\n")
    assert [each.reason for each in rejected] == [
        "has unsubscribed",
        "suppressed: the receiving server reports that the address does not exist",
        "erased at its owner's request",
    ]
    assert [each.row for each in rejected] == [2, 3, 4] and report.added == 0
    assert before == all_rows()


def test_import_confirms_an_unconfirmed_subscription():
    create_subscriber("slow@example.com", confirmed=None)
    assert import_csv("email\nslow@example.com\n")[0].added == 1
    assert active_subscriptions(breaking_topic()).count() == 1 and Subscriber.objects.get().confirmed_at == NOW


def test_import_reports_rejected_rows_with_number_and_reason():
    text = 'email,topic\nmari@example.com,\nnonsense,\n"open@example.com\n,\nx@y.org,no-such\n=cmd@x.org,\n'
    report, rejected = import_csv(text)
    assert report.added == 2
    assert [(each.row, each.reason) for each in rejected] == [
        (3, "not an email address"),
        (4, MALFORMED_REASON),
        (6, "no such topic"),
    ]


def test_dry_run_returns_the_same_report_and_writes_nothing():
    text = "email\nmari@example.com\nnonsense\n"
    dry = import_csv(text, dry_run=True)[0]
    assert not Subscriber.objects.exists()
    assert dry == import_csv(text)[0]


def test_import_sends_a_confirm_mail_when_consent_must_be_confirmed():
    create_subscriber("here@example.com")
    report, _ = import_csv("email,state\nmari@example.com,requested\nhere@example.com,confirmed\n", must_confirm=True)
    assert (report.invited, report.already_subscribed) == (1, 1)
    assert list(Delivery.objects.values_list("subscriber__key", "transactional_kind")) == [
        ("mari@example.com", TransactionalKind.CONFIRM)
    ]
    assert active_subscriptions(breaking_topic()).count() == 1
    assert import_csv("email\nmari@example.com\n", must_confirm=True)[0].invited == 1
    assert import_csv("email\nmari@example.com\n", must_confirm=True)[0].rejected == {
        "has got several mails recently": 1
    }


def test_import_rejects_rows_without_consent():
    report, rejected = import_csv("email,state\nmari@example.com,requested\n")
    assert report.added == 0 and rejected[0].reason == "not confirmed"


def test_export_can_be_imported_into_another_installation():
    add_topic("politics", "Politics")
    import_csv("email,topic,frequency,zone\n=a@example.com,politics,morning,Europe/Oslo\nb@example.com,breaking,,\n")
    create_subscriber("left@example.com", left=EARLIER)
    erase_subscriber(create_subscriber("erased@example.com"), now=EARLIER)
    file = io.StringIO(newline="")
    assert list(export_subscriptions(file))[-1] == 3
    text = file.getvalue()
    assert "'=a@example.com,politics,confirmed,morning,,Europe/Oslo" in text and "erased" not in text
    before = active_rows()
    Consent.objects.all().delete()
    Subscription.objects.all().delete()
    Suppression.objects.all().delete()
    Subscriber.objects.all().delete()
    report, rejected = import_csv(text)
    assert report.added == 2 and [each.reason for each in rejected] == ["unsubscribed before"]
    assert before == active_rows()


def test_export_contains_one_topic_when_named():
    add_topic("politics", "Politics")
    import_csv("email,topic\na@example.com,politics\na@example.com,breaking\n")
    file = io.StringIO(newline="")
    list(export_subscriptions(file, breaking_topic()))
    assert file.getvalue().count("a@example.com") == 1
