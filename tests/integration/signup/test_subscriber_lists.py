"""Lists of subscribers brought in and written out, in the real database (also PostgreSQL, test_postgresql.py)."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from stoppress.delivery.choices import Letter
from stoppress.delivery.models import Delivery
from stoppress.signup.actions.erase_subscriber import erase
from stoppress.signup.lists import write_out
from stoppress.signup.lists.csv_records import BROKEN
from stoppress.subscribers.choices import Reason
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Suppression
from stoppress.subscribers.topics import add_topic, breaking_topic, in_force
from tests.factories.subscriber_lists import NOW, bring

pytestmark = pytest.mark.django_db
EARLIER = NOW - timedelta(days=30)


def tables():
    return [list(model.objects.order_by("pk").values()) for model in (Subscriber, Subscription, Consent, Suppression)]


def in_force_now():
    wishes = Subscription.objects.filter(left_at=None).order_by("subscriber__key")
    return list(wishes.values_list("subscriber__key", "topic__slug", "rhythm", "confirmed_at"))


def known(email, *, left=None, confirmed=EARLIER):
    reader = Subscriber.objects.create(email=email, domain="example.com", key=email, asked_at=EARLIER)
    Subscription.objects.create(
        subscriber=reader, topic=breaking_topic(), asked_at=EARLIER, confirmed_at=confirmed, left_at=left
    )
    return reader


def test_a_list_comes_in_once_however_often_it_is_read():
    lines = [f"r{number}@example.com,Europe/Oslo,2020-01-02T03:04:05Z\n" for number in range(10)]
    text = "email,zone,confirmed_at\n" + "".join(lines)
    assert bring(text)[0].added == 10
    state = tables()
    again = bring(text)[0]
    assert (again.added, again.already) == (0, 10)
    assert state == tables()
    reader = Subscriber.objects.get(key="r3@example.com")
    assert (reader.domain, reader.zone) == ("example.com", "Europe/Oslo")
    assert reader.confirmed_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert len(set(Subscriber.objects.values_list("secret", flat=True))) == 10
    consent = Consent.objects.get(subscriber=reader)
    assert (consent.kind, consent.place, consent.at) == ("imported", "import of list.csv", NOW)
    assert in_force(breaking_topic()).count() == 10 and not Delivery.objects.exists()


def test_the_same_address_in_other_letters_is_the_same_one():
    tally, _ = bring("email\nMari@Example.com\nmari@example.com\n<MARI@example.com>\nx@y.org\nmari@EXAMPLE.com\n")
    assert (tally.added, tally.already) == (2, 3)
    assert Subscriber.objects.filter(key="mari@example.com").get().email == "Mari@example.com"


def test_nobody_who_left_complained_or_was_erased_is_brought_back(clock):
    known("left@example.com", left=EARLIER)
    Suppression.objects.create(subscriber=known("dead@example.com"), reason=Reason.NO_SUCH_ADDRESS, at=EARLIER)
    erase(known("erased@example.com"), now=EARLIER)
    before = tables()
    tally, heard = bring("email\nleft@example.com\ndead@example.com\nErased@example.com\n")
    assert [refused.reason for refused in heard] == [
        "has left",
        "must not be written to: the receiving server says there is no such address",
        "erased at its owner's wish",
    ]
    assert [refused.row for refused in heard] == [2, 3, 4] and tally.added == 0
    assert before == tables()


def test_who_asked_and_never_confirmed_is_confirmed_by_the_list():
    known("slow@example.com", confirmed=None)
    assert bring("email\nslow@example.com\n")[0].added == 1
    assert in_force(breaking_topic()).count() == 1 and Subscriber.objects.get().confirmed_at == NOW


def test_bad_rows_are_told_by_number_and_reason():
    text = 'email,topic\nmari@example.com,\nnonsense,\n"open@example.com\n,\nx@y.org,no-such\n=cmd@x.org,\n'
    tally, heard = bring(text)
    assert tally.added == 2
    assert [(one.row, one.reason) for one in heard] == [
        (3, "not an email address"),
        (4, BROKEN),
        (6, "no such topic"),
    ]


def test_a_dry_run_tells_the_same_and_changes_nothing():
    text = "email\nmari@example.com\nnonsense\n"
    dry = bring(text, dry_run=True)[0]
    assert not Subscriber.objects.exists()
    assert dry == bring(text)[0]


def test_whoever_is_asked_gets_one_letter_and_counts_only_when_confirmed():
    known("here@example.com")
    tally, _ = bring("email,state\nmari@example.com,asked\nhere@example.com,confirmed\n", ask=True)
    assert (tally.asked, tally.already) == (1, 1)
    assert list(Delivery.objects.values_list("subscriber__key", "letter")) == [("mari@example.com", Letter.CONFIRM)]
    assert in_force(breaking_topic()).count() == 1
    assert bring("email\nmari@example.com\n", ask=True)[0].asked == 1
    assert bring("email\nmari@example.com\n", ask=True)[0].refused == {"was written to a short while ago": 1}


def test_without_consent_nobody_comes_in():
    tally, heard = bring("email,state\nmari@example.com,asked\n")
    assert tally.added == 0 and heard[0].reason == "not confirmed"


def test_what_is_written_out_can_be_brought_in_elsewhere():
    add_topic("politics", "Politics")
    bring("email,topic,rhythm,zone\n=a@example.com,politics,morning,Europe/Oslo\nb@example.com,breaking,,\n")
    known("left@example.com", left=EARLIER)
    erase(known("erased@example.com"), now=EARLIER)
    file = io.StringIO(newline="")
    assert list(write_out(file))[-1] == 3
    text = file.getvalue()
    assert "'=a@example.com,politics,confirmed,morning,,Europe/Oslo" in text and "erased" not in text
    before = in_force_now()
    Consent.objects.all().delete()
    Subscription.objects.all().delete()
    Suppression.objects.all().delete()
    Subscriber.objects.all().delete()
    tally, heard = bring(text)
    assert tally.added == 2 and [one.reason for one in heard] == ["left before"]
    assert before == in_force_now()


def test_one_topic_can_be_written_out_alone():
    add_topic("politics", "Politics")
    bring("email,topic\na@example.com,politics\na@example.com,breaking\n")
    file = io.StringIO(newline="")
    list(write_out(file, breaking_topic()))
    assert file.getvalue().count("a@example.com") == 1
