"""Adapt the number of windows that are sent to a relay at once: additive increase, multiplicative decrease, as in TCP.

The limit starts low. Until the first failure it grows by one with every good window, afterwards by one with every round
of good windows. A failure halves it, once for what several connections see together. Pure: time and results are passed
in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stoppress.smtp import Deferred, NotSent, Outcome, RelayError, RelayUnavailableError, Step, Uncertain
from stoppress.smtp.address_syntax import redact_addresses

INITIAL_WINDOWS = 4
"""Windows at once at the start."""
SAME_FAILURE_SECONDS = 1.0
"""Failures within this time count as one."""
MAX_DEFERRED_SHARE = 0.2
"""From this share of a window on, 4xx replies concern the relay rather than some readers."""
SLOW_FACTOR = 4.0
"""A relay that takes this many times its best time per message is saturated: the limit does not grow."""
ALWAYS_FAST_SECONDS = 0.05
"""A time per message that never counts as slow, however fast the relay was before."""
BEST_PACE_DECAY = 1.02
"""Factor by which the best time grows with every window, so that a relay is not compared with its past for long."""


@dataclass(frozen=True, slots=True)
class WindowResult:
    """The result of one window.

    Args:
        messages: how many messages it contained.
        has_failed: True if the relay was overloaded or failed.
        seconds: from the start of transmission to the last reply.
    """

    messages: int
    has_failed: bool
    seconds: float

    @property
    def seconds_per_message(self) -> float:
        """Seconds divided by messages."""
        return self.seconds / max(1, self.messages)


def summarise_window(outcomes: Iterable[Outcome], seconds: float) -> WindowResult:
    """Return the result of a window with these outcomes."""
    all_outcomes = list(outcomes)
    deferred = [outcome for outcome in all_outcomes if isinstance(outcome, Deferred)]
    is_broken = any(
        isinstance(outcome, Uncertain) or (isinstance(outcome, NotSent) and outcome.error) for outcome in all_outcomes
    )
    is_overloaded = any(outcome.code == 421 or outcome.step is Step.MAIL for outcome in deferred)
    has_many_deferred = bool(deferred) and len(deferred) >= MAX_DEFERRED_SHARE * len(all_outcomes)
    return WindowResult(len(all_outcomes), is_broken or is_overloaded or has_many_deferred, seconds)


def error_if_all_deferred_at_mail(outcomes: Sequence[Outcome]) -> RelayError | None:
    """Return an error if the relay deferred every message at MAIL, before it got a recipient; else None."""
    for outcome in outcomes:
        if not (isinstance(outcome, Deferred) and outcome.step is Step.MAIL):
            return None
    last = outcomes[-1]
    assert isinstance(last, Deferred), "all of them are"
    return RelayUnavailableError(f"MAIL: {last.code} {redact_addresses(last.text)}".strip(), last.code, last.enhanced)


@dataclass(frozen=True, slots=True)
class AdaptiveConcurrency:
    """The limit of one relay; each call returns the next limit.

    Args:
        max_windows: never exceeded; the relay's `connections`.
        limit: the current limit, not rounded.
        best_seconds: the best time per message, 0 if unknown.
        is_starting: True until the first failure.
        reduced_at: when a failure last halved the limit.
    """

    max_windows: int
    limit: float = INITIAL_WINDOWS
    best_seconds: float = 0.0
    is_starting: bool = True
    reduced_at: float | None = None

    @property
    def allowed(self) -> int:
        """Windows at once, from 1 to `max_windows`."""
        return max(1, min(self.max_windows, int(self.limit)))

    def after_window(self, window: WindowResult, now: float) -> "AdaptiveConcurrency":
        """Return the limit after one window; `now` in seconds of a monotonic clock."""
        if window.has_failed:
            return self.reduce(now)
        if not window.messages:
            return self
        seconds = window.seconds_per_message
        best = min(seconds, self.best_seconds * BEST_PACE_DECAY) if self.best_seconds else seconds
        if seconds > max(ALWAYS_FAST_SECONDS, SLOW_FACTOR * self.best_seconds) and self.best_seconds:
            return replace(self, best_seconds=best)
        step = 1.0 if self.is_starting else 1 / self.allowed
        return replace(self, best_seconds=best, limit=min(float(self.max_windows), max(1.0, self.limit) + step))

    def reduce(self, now: float) -> "AdaptiveConcurrency":
        """Return the limit after a failure, such as a failed connection: half of it, at least 1."""
        if self.reduced_at is not None and now - self.reduced_at < SAME_FAILURE_SECONDS:
            return self
        return replace(self, limit=max(1.0, self.allowed / 2), is_starting=False, reduced_at=now)
