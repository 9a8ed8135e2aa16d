"""Bring rows in, batch by batch: nobody twice, nobody who has left, was erased or must not be written to."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice

from django.db import transaction

from stoppress.delivery.recipients.send_order import block_sends
from stoppress.signup.actions.subscribe import SignUpSubmission, record_sign_up
from stoppress.signup.lists import bulk_tables
from stoppress.signup.lists.bulk_tables import ImportEntry, KnownSubscription
from stoppress.signup.lists.column_mapping import RejectedRow, ImportRow
from stoppress.signup.lists.import_report import ImportReport
from stoppress.subscribers.address_validation import EmailAddress, parse_address
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.erased_addresses import erased_key
from stoppress.subscribers.errors import InvalidAddressError
from stoppress.subscribers.models import Topic

ROWS_PER_TRANSACTION = 2_000
"""Rows in one transaction: its locks are held for some tens of milliseconds."""


@dataclass
class ImportRun:
    """One import. `topic` is for rows that name none; `ask` sends everybody a letter to confirm first."""

    topic: Topic
    origin: str
    now: datetime
    must_confirm: bool = False
    dry_run: bool = False
    on_rejected: Callable[[RejectedRow], None] = lambda refused: None
    report: ImportReport = field(default_factory=ImportReport)
    topics: dict[str, Topic | None] = field(default_factory=dict)

    def reject(self, refused: RejectedRow) -> None:
        """Count one that does not come in, and tell."""
        self.report.rejected[refused.reason] += 1
        self.on_rejected(refused)


@dataclass(frozen=True)
class ImportCandidate:
    """A row with a good address and a topic that is there."""

    row: ImportRow
    address: EmailAddress
    topic: Topic


def import_subscribers(rows: Iterable[ImportRow | RejectedRow], bringing: ImportRun, *, size: int = ROWS_PER_TRANSACTION) -> ImportReport:
    """All of `rows`; what became of them. A run that is cut short can be repeated: nothing comes in twice."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        bringing.report.read += len(batch)
        candidates = sorted(_candidates(batch, bringing), key=lambda one: one.topic.pk)
        for _, group in groupby(candidates, key=lambda one: one.topic.pk):
            _bring_in_group(list(group), bringing)
    return bringing.report


def _candidates(batch: list[ImportRow | RejectedRow], bringing: ImportRun) -> Iterator[ImportCandidate]:
    for row in batch:
        if isinstance(row, RejectedRow):
            bringing.reject(row)
            continue
        topic = _topic(row.topic, bringing)
        if topic is None:
            bringing.reject(RejectedRow(row.row, "no such topic", row.email, row.topic[:60]))
            continue
        if topic.retired_at:
            bringing.reject(RejectedRow(row.row, "its topic is retired", row.email, topic.slug))
            continue
        if not bringing.must_confirm and not row.confirmed:
            bringing.reject(RejectedRow(row.row, "not confirmed", row.email))
            continue
        try:
            yield ImportCandidate(row, parse_address(row.email[:400]), topic)
        except InvalidAddressError as error:
            bringing.reject(RejectedRow(row.row, "not an email address", row.email, str(error)))


def _topic(slug: str, bringing: ImportRun) -> Topic | None:
    if not slug:
        return bringing.topic
    if slug not in bringing.topics:
        bringing.topics[slug] = Topic.objects.filter(slug=slug[:120]).first()
    return bringing.topics[slug]


def _bring_in_group(group: list[ImportCandidate], bringing: ImportRun) -> None:
    """Candidates for one topic. Look and write are one transaction: nobody can leave in between unheard."""
    topic = group[0].topic
    with transaction.atomic():
        block_sends()
        hidden = {one.address.key: erased_key(one.address.key) for one in group}
        known = bulk_tables.find_known([*hidden, *hidden.values()], topic.pk)
        fresh: dict[str, ImportCandidate] = {}
        for one in group:
            key = one.address.key
            refusal = _refusal(known.get(key), known.get(hidden[key]))
            if refusal:
                bringing.reject(RejectedRow(one.row.row, refusal, one.row.email))
            elif key in fresh or _in_force(known.get(key)):
                bringing.report.already_subscribed += 1
            else:
                fresh[key] = one
        if not bringing.must_confirm:
            bringing.report.added += len(fresh)
            if fresh and not bringing.dry_run:
                entries = [_entry(one, bringing) for one in fresh.values()]
                bulk_tables.write_entries(entries, topic.pk, origin=bringing.origin, now=bringing.now)
    if bringing.must_confirm:
        _ask(list(fresh.values()), bringing)


def _ask(candidates: list[ImportCandidate], bringing: ImportRun) -> None:
    for one in candidates:
        row = one.row
        asking = SignUpSubmission(
            email=row.email,
            topics=(one.topic,),
            client="",
            origin=bringing.origin,
            wording=row.wording or "(imported; asked to confirm by mail)",
            frequency=row.frequency,
            zone=row.zone,
            language=row.language,
        )
        if bringing.dry_run or record_sign_up(one.address, asking, now=bringing.now):
            bringing.report.invited += 1
        else:
            bringing.reject(RejectedRow(row.row, "was written to a short while ago", row.email))


def _refusal(known: KnownSubscription | None, erased: KnownSubscription | None) -> str:
    """Why an address may not come in; empty if it may."""
    if known is None:
        return "erased at its owner's wish" if erased else ""
    if known.suppressed:
        return f"must not be written to: {SuppressionReason(known.suppressed).label}"
    return "has left" if known.left else ""


def _in_force(known: KnownSubscription | None) -> bool:
    return known is not None and known.confirmed and not known.left


def _entry(one: ImportCandidate, bringing: ImportRun) -> ImportEntry:
    row, now = one.row, bringing.now
    confirmed_at = min(row.confirmed_at or now, now)
    return ImportEntry(
        key=one.address.key,
        email=one.address.email,
        domain=one.address.domain,
        language=row.language,
        zone=row.zone,
        frequency=row.frequency.value,
        requested_at=min(row.requested_at or confirmed_at, confirmed_at),
        confirmed_at=confirmed_at,
        wording=row.wording,
    )
