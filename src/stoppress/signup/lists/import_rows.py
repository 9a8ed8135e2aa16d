"""Bring rows in, batch by batch: nobody twice, nobody who has left, was erased or must not be written to."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice

from django.db import transaction

from stoppress.delivery.recipients.send_order import hold_off_sends
from stoppress.signup.actions.subscribe import Asking, ask_for
from stoppress.signup.lists import bulk_tables
from stoppress.signup.lists.bulk_tables import Entry, Standing
from stoppress.signup.lists.column_mapping import Refused, Row
from stoppress.signup.lists.import_report import Tally
from stoppress.subscribers.address_validation import Address, tidy_address
from stoppress.subscribers.choices import Reason
from stoppress.subscribers.erased_addresses import hidden_key
from stoppress.subscribers.errors import BadAddress
from stoppress.subscribers.models import Topic

BATCH = 2_000
"""Rows in one transaction: its locks are held for some tens of milliseconds."""


@dataclass
class Bringing:
    """One import. `topic` is for rows that name none; `ask` sends everybody a letter to confirm first."""

    topic: Topic
    place: str
    now: datetime
    ask: bool = False
    dry_run: bool = False
    heard: Callable[[Refused], None] = lambda refused: None
    tally: Tally = field(default_factory=Tally)
    topics: dict[str, Topic | None] = field(default_factory=dict)

    def refuse(self, refused: Refused) -> None:
        """Count one that does not come in, and tell."""
        self.tally.refused[refused.reason] += 1
        self.heard(refused)


@dataclass(frozen=True)
class Candidate:
    """A row with a good address and a topic that is there."""

    row: Row
    address: Address
    topic: Topic


def bring_in(rows: Iterable[Row | Refused], bringing: Bringing, *, size: int = BATCH) -> Tally:
    """All of `rows`; what became of them. A run that is cut short can be repeated: nothing comes in twice."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        bringing.tally.read += len(batch)
        candidates = sorted(_candidates(batch, bringing), key=lambda one: one.topic.pk)
        for _, group in groupby(candidates, key=lambda one: one.topic.pk):
            _bring_in_group(list(group), bringing)
    return bringing.tally


def _candidates(batch: list[Row | Refused], bringing: Bringing) -> Iterator[Candidate]:
    for row in batch:
        if isinstance(row, Refused):
            bringing.refuse(row)
            continue
        topic = _topic(row.topic, bringing)
        if topic is None:
            bringing.refuse(Refused(row.row, "no such topic", row.email, row.topic[:60]))
            continue
        if topic.retired_at:
            bringing.refuse(Refused(row.row, "its topic is retired", row.email, topic.slug))
            continue
        if not bringing.ask and not row.confirmed:
            bringing.refuse(Refused(row.row, "not confirmed", row.email))
            continue
        try:
            yield Candidate(row, tidy_address(row.email[:400]), topic)
        except BadAddress as error:
            bringing.refuse(Refused(row.row, "not an email address", row.email, str(error)))


def _topic(slug: str, bringing: Bringing) -> Topic | None:
    if not slug:
        return bringing.topic
    if slug not in bringing.topics:
        bringing.topics[slug] = Topic.objects.filter(slug=slug[:120]).first()
    return bringing.topics[slug]


def _bring_in_group(group: list[Candidate], bringing: Bringing) -> None:
    """Candidates for one topic. Look and write are one transaction: nobody can leave in between unheard."""
    topic = group[0].topic
    with transaction.atomic():
        hold_off_sends()
        hidden = {one.address.key: hidden_key(one.address.key) for one in group}
        known = bulk_tables.known([*hidden, *hidden.values()], topic.pk)
        fresh: dict[str, Candidate] = {}
        for one in group:
            key = one.address.key
            refusal = _refusal(known.get(key), known.get(hidden[key]))
            if refusal:
                bringing.refuse(Refused(one.row.row, refusal, one.row.email))
            elif key in fresh or _in_force(known.get(key)):
                bringing.tally.already += 1
            else:
                fresh[key] = one
        if not bringing.ask:
            bringing.tally.added += len(fresh)
            if fresh and not bringing.dry_run:
                entries = [_entry(one, bringing) for one in fresh.values()]
                bulk_tables.write(entries, topic.pk, place=bringing.place, now=bringing.now)
    if bringing.ask:
        _ask(list(fresh.values()), bringing)


def _ask(candidates: list[Candidate], bringing: Bringing) -> None:
    for one in candidates:
        row = one.row
        asking = Asking(
            typed=row.email,
            topics=(one.topic,),
            client="",
            place=bringing.place,
            words=row.words or "(imported; asked to confirm by mail)",
            rhythm=row.rhythm,
            zone=row.zone,
            language=row.language,
        )
        if bringing.dry_run or ask_for(one.address, asking, now=bringing.now):
            bringing.tally.asked += 1
        else:
            bringing.refuse(Refused(row.row, "was written to a short while ago", row.email))


def _refusal(known: Standing | None, erased: Standing | None) -> str:
    """Why an address may not come in; empty if it may."""
    if known is None:
        return "erased at its owner's wish" if erased else ""
    if known.suppressed:
        return f"must not be written to: {Reason(known.suppressed).label}"
    return "has left" if known.left else ""


def _in_force(known: Standing | None) -> bool:
    return known is not None and known.confirmed and not known.left


def _entry(one: Candidate, bringing: Bringing) -> Entry:
    row, now = one.row, bringing.now
    confirmed_at = min(row.confirmed_at or now, now)
    return Entry(
        key=one.address.key,
        email=one.address.email,
        domain=one.address.domain,
        language=row.language,
        zone=row.zone,
        rhythm=row.rhythm.value,
        asked_at=min(row.asked_at or confirmed_at, confirmed_at),
        confirmed_at=confirmed_at,
        words=row.words,
    )
