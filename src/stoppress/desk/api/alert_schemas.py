"""Schemas of alerts in requests and responses."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from stoppress.alerts.actions.send_request import (
    MAX_LIFETIME,
    MAX_NOTE_LENGTH,
    MAX_SUBJECT_LENGTH,
    MAX_SUMMARY_LENGTH,
    MAX_UNDO_WINDOW,
)
from stoppress.coverage.post_content import MAX_HEADLINE_CHARACTERS
from stoppress.desk.api.post_schemas import StrictSchema


class Variant(StrictSchema):
    """Texts of an alert in another language; an omitted text is sent as written in the main language."""

    subject: str = Field("", max_length=MAX_SUBJECT_LENGTH)
    headline: str = Field("", max_length=MAX_SUBJECT_LENGTH)
    summary: str = Field("", max_length=MAX_SUMMARY_LENGTH)
    note: str = Field("", max_length=MAX_NOTE_LENGTH)


class NewAlert(StrictSchema):
    """An alert to send. If the client chooses the `id`, a repeated request sends the alert once."""

    id: UUID | None = None
    post: UUID | None = Field(None, description="Omitted: an alert about the live blog as a whole")
    topic: str = Field("breaking", max_length=120, description="The slug of a topic")
    urgency: Literal["flash", "alert", "urgent", "update"] = "alert"
    subject: str = Field(min_length=1, max_length=MAX_SUBJECT_LENGTH)
    headline: str = Field("", max_length=MAX_HEADLINE_CHARACTERS, description="Empty: the headline of the post")
    summary: str = Field("", max_length=MAX_SUMMARY_LENGTH, description="Empty: the first sentences of the post")
    picture: str = Field("", max_length=32, description="The id of one of the post's pictures")
    variants: dict[str, Variant] = Field(default_factory=dict, description="By language (BCP 47)")
    revision: int | None = Field(
        None, ge=1, description="The revision that the text was written from; refused with 409 if there is a newer one"
    )
    again: bool = Field(False, description="Send it although the post was sent before")
    corrects: UUID | None = Field(
        None, description="The alert that this one corrects; it goes to the recipients of that one"
    )
    note: str = Field(
        "",
        max_length=MAX_NOTE_LENGTH,
        description="Of a correction: what was wrong and what is right. Empty: the note on the corrected post",
    )
    undo_seconds: int = Field(0, ge=0, le=int(MAX_UNDO_WINDOW.total_seconds()))
    stale_after_minutes: int | None = Field(None, ge=1, le=int(MAX_LIFETIME.total_seconds() // 60))


class DecisionOut(Schema):
    """One decision of an editor or program about the alert."""

    what: str
    by: str
    at: datetime
    count: int
    note: str


class DomainSpeedOut(Schema):
    """Percentiles of the seconds from Send to acceptance, for all intended recipients; null until reached."""

    name: str
    intended: int
    accepted: int
    p50: float | None
    p90: float | None
    p99: float | None


class AcceptedWithinOut(Schema):
    """How many deliveries were accepted within a number of seconds, and their share of all intended (0 to 1)."""

    seconds: int
    count: int
    share: float


class SpeedOut(Schema):
    """Delivery speed, overall and at the ten receiving domains with the most recipients."""

    overall: DomainSpeedOut
    counts_within: list[AcceptedWithinOut]
    domains: list[DomainSpeedOut]
    at: datetime


class BouncesOut(Schema):
    """Deliveries that bounced or were complained about, each counted once. `dead`: bounced, with a dead address."""

    bounced: int
    dead: int
    complaints: int
    reasons: dict[str, int]


class ReceiptOut(Schema):
    """One alert and its deliveries by state. `intended` is counted at Send and never changes.

    It equals the sum of `states` and `shortfall` at every moment. `shortfall` counts intended recipients without a
    delivery; it is 0 unless the software or the database is at fault.
    """

    id: UUID
    subject: str
    urgency: str
    topic: str
    by: str
    sent_at: datetime
    not_before: datetime | None
    not_after: datetime
    halted_at: datetime | None
    approval: Literal["not wanted", "awaited", "given"]
    corrects: UUID | None
    intended: int
    states: dict[str, int]
    shortfall: int
    finished: bool
    speed: SpeedOut
    returned: BouncesOut
    decisions: list[DecisionOut]
