"""Import rows in batches. An address that unsubscribed, was erased or is suppressed is never imported again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice

from django.db import transaction

from stoppress.delivery.recipients.send_order import block_sends
from stoppress.signup.actions.subscribe import SignUpSubmission, record_sign_up
from stoppress.signup.lists import bulk_tables
from stoppress.signup.lists.bulk_tables import ImportEntry, KnownSubscription
from stoppress.signup.lists.column_mapping import ImportRow, RejectedRow
from stoppress.signup.lists.import_report import ImportReport
from stoppress.subscribers.address_validation import EmailAddress, parse_address
from stoppress.subscribers.choices import SuppressionReason
from stoppress.subscribers.erased_addresses import ERASURE_NOTE, erased_key
from stoppress.subscribers.errors import InvalidAddressError
from stoppress.subscribers.models import Topic

ROWS_PER_TRANSACTION = 2_000
"""A transaction of this size holds its locks for some tens of milliseconds."""


@dataclass
class ImportRun:
    """One import.

    Args:
        topic: the topic for rows that name none.
        origin: stored with the consents, such as the name of the file.
        now: time of the import.
        must_confirm: send each address a mail to confirm, instead of activating its subscription at once.
        dry_run: count, but write nothing.
        on_rejected: called with each rejected row.
        report: the counts so far.
        topics: cache of topics by slug.
    """

    topic: Topic
    origin: str
    now: datetime
    must_confirm: bool = False
    dry_run: bool = False
    on_rejected: Callable[[RejectedRow], None] = lambda rejected: None
    report: ImportReport = field(default_factory=ImportReport)
    topics: dict[str, Topic | None] = field(default_factory=dict)

    def reject(self, rejected: RejectedRow) -> None:
        """Count one rejected row and report it."""
        self.report.rejected[rejected.reason] += 1
        self.on_rejected(rejected)


@dataclass(frozen=True)
class ImportCandidate:
    """A row with a valid address and an existing topic."""

    row: ImportRow
    address: EmailAddress
    topic: Topic


def import_subscribers(
    rows: Iterable[ImportRow | RejectedRow], run: ImportRun, *, size: int = ROWS_PER_TRANSACTION
) -> ImportReport:
    """Import `rows` and return the counts. An interrupted run can be repeated: it imports no row twice."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        run.report.read += len(batch)
        candidates = sorted(_candidates(batch, run), key=lambda candidate: candidate.topic.pk)
        for _, group in groupby(candidates, key=lambda candidate: candidate.topic.pk):
            _import_group(list(group), run)
    return run.report


def _candidates(batch: list[ImportRow | RejectedRow], run: ImportRun) -> Iterator[ImportCandidate]:
    for row in batch:
        if isinstance(row, RejectedRow):
            run.reject(row)
            continue
        topic = _find_topic(row.topic, run)
        if topic is None:
            run.reject(RejectedRow(row.row, "no such topic", row.email, row.topic[:60]))
            continue
        if topic.retired_at:
            run.reject(RejectedRow(row.row, "its topic is retired", row.email, topic.slug))
            continue
        if not run.must_confirm and not row.confirmed:
            run.reject(RejectedRow(row.row, "not confirmed", row.email))
            continue
        try:
            yield ImportCandidate(row, parse_address(row.email[:400]), topic)
        except InvalidAddressError as error:
            run.reject(RejectedRow(row.row, "not an email address", row.email, str(error)))


def _find_topic(slug: str, run: ImportRun) -> Topic | None:
    if not slug:
        return run.topic
    if slug not in run.topics:
        run.topics[slug] = Topic.objects.filter(slug=slug[:120]).first()
    return run.topics[slug]


def _import_group(group: list[ImportCandidate], run: ImportRun) -> None:
    """Import candidates for one topic.

    Read and write are one transaction, so that an unsubscription in between cannot be overwritten.
    """
    topic = group[0].topic
    with transaction.atomic():
        block_sends()
        new = _select_new(group, topic, run)
        if not run.must_confirm:
            run.report.added += len(new)
            if new and not run.dry_run:
                entries = [_to_entry(candidate, run) for candidate in new]
                bulk_tables.write_entries(entries, topic.pk, origin=run.origin, now=run.now)
    if run.must_confirm:
        _invite(new, run)


def _select_new(group: list[ImportCandidate], topic: Topic, run: ImportRun) -> list[ImportCandidate]:
    """Return the candidates to import, each address once, and count all others."""
    erased_keys = {each.address.key: erased_key(each.address.key) for each in group}
    known = bulk_tables.find_known([*erased_keys, *erased_keys.values()], topic.pk)
    new: dict[str, ImportCandidate] = {}
    for candidate in group:
        key = candidate.address.key
        reason = _rejection_reason(known.get(key), known.get(erased_keys[key]))
        if reason:
            run.reject(RejectedRow(candidate.row.row, reason, candidate.row.email))
        elif key in new or _is_active(known.get(key)):
            run.report.already_subscribed += 1
        else:
            new[key] = candidate
    return list(new.values())


def _invite(candidates: list[ImportCandidate], run: ImportRun) -> None:
    """Send each candidate a mail to confirm, within the rate limits of its address."""
    for candidate in candidates:
        row = candidate.row
        submission = SignUpSubmission(
            email=row.email,
            topics=(candidate.topic,),
            client="",
            origin=run.origin,
            wording=row.wording or "(imported; asked to confirm by mail)",
            frequency=row.frequency,
            zone=row.zone,
            language=row.language,
        )
        if run.dry_run or record_sign_up(candidate.address, submission, now=run.now):
            run.report.invited += 1
        else:
            run.reject(RejectedRow(row.row, "has got several mails recently", row.email))


def _rejection_reason(known: KnownSubscription | None, erased: KnownSubscription | None) -> str:
    """Return why an address must not be imported; empty if it may be."""
    if known is None:
        return ERASURE_NOTE if erased else ""
    if known.suppressed:
        return f"suppressed: {SuppressionReason(known.suppressed).label}"
    return "has unsubscribed" if known.unsubscribed else ""


def _is_active(known: KnownSubscription | None) -> bool:
    return known is not None and known.confirmed and not known.unsubscribed


def _to_entry(candidate: ImportCandidate, run: ImportRun) -> ImportEntry:
    row, now = candidate.row, run.now
    confirmed_at = min(row.confirmed_at or now, now)
    return ImportEntry(
        key=candidate.address.key,
        email=candidate.address.email,
        domain=candidate.address.domain,
        language=row.language,
        zone=row.zone,
        frequency=row.frequency.value,
        requested_at=min(row.requested_at or confirmed_at, confirmed_at),
        confirmed_at=confirmed_at,
        wording=row.wording,
    )
