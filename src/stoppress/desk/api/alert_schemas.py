"""Alerts as the API takes and shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from stoppress.alerts.actions.send_request import MAX_LIFETIME, MAX_SUBJECT_LENGTH, MAX_SUMMARY_LENGTH, MAX_UNDO_WINDOW
from stoppress.desk.api.post_schemas import StrictSchema


class Variant(StrictSchema):
    """The words of an alert in another language; what is left out is sent as it was written."""

    subject: str = Field("", max_length=MAX_SUBJECT_LENGTH)
    headline: str = Field("", max_length=MAX_SUBJECT_LENGTH)
    summary: str = Field("", max_length=MAX_SUMMARY_LENGTH)


class NewAlert(StrictSchema):
    """An alert to be sent. With an `id` of your own making, sending it twice sends it once."""

    id: UUID | None = None
    post: UUID | None = Field(None, description="Without one it is about the live blog as a whole")
    topic: str = Field("breaking", max_length=120, description="The slug of a topic")
    urgency: Literal["flash", "alert", "urgent", "update"] = "alert"
    subject: str = Field(min_length=1, max_length=MAX_SUBJECT_LENGTH)
    summary: str = Field("", max_length=MAX_SUMMARY_LENGTH, description="Empty: the first sentences of the post")
    picture: str = Field("", max_length=32, description="The id of one of the post's pictures")
    variants: dict[str, Variant] = Field(default_factory=dict, description="By language (BCP 47)")
    revision: int | None = Field(None, ge=1, description="The revision you wrote it from; a newer one refuses it")
    again: bool = Field(False, description="Although it was sent before")
    corrects: UUID | None = Field(None, description="The alert it corrects; it goes to that one's readers")
    undo_seconds: int = Field(0, ge=0, le=int(MAX_UNDO_WINDOW.total_seconds()))
    stale_after_minutes: int | None = Field(None, ge=1, le=int(MAX_LIFETIME.total_seconds() // 60))


class DecisionOut(Schema):
    """What somebody did with it."""

    what: str
    by: str
    at: datetime
    count: int
    note: str


class DomainSpeedOut(Schema):
    """Seconds from Send until so many of all intended had been accepted; null as long as they have not."""

    name: str
    intended: int
    accepted: int
    p50: float | None
    p90: float | None
    p99: float | None


class AcceptedWithinOut(Schema):
    """How many were accepted in less than so many seconds."""

    seconds: int
    count: int
    share: float


class SpeedOut(Schema):
    """How fast it went, overall and at the ten receiving domains with most readers."""

    overall: DomainSpeedOut
    within: list[AcceptedWithinOut]
    domains: list[DomainSpeedOut]
    at: datetime


class BouncesOut(Schema):
    """What came back since: facts beside the ledger, each delivery once. `dead`: of those that bounced."""

    bounced: int
    dead: int
    complaints: int
    reasons: dict[str, int]


class ReceiptOut(Schema):
    """One alert and where its deliveries stand. `intended` was counted at Send and never changes.

    It is the sum of `states` and `shortfall` at every moment. `shortfall` is 0 unless something is wrong: it counts
    readers who were counted at Send and have no delivery.
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
