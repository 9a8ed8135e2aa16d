"""How many windows may be on their way to a relay at once: additive increase, multiplicative decrease, as TCP has it.

It begins low and grows by one with every good window until the first trouble; from then on by one with every round of
good windows. Trouble halves it, once for what several lines meet together. Pure: `now` and what was heard come in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stoppress.smtp import Deferred, NotSent, Outcome, RelayError, RelayUnavailableError, SmtpStep, Uncertain
from stoppress.smtp.address_syntax import redact_addresses

INITIAL_WINDOWS = 4
"""Windows at once to begin with."""
SAME_FAILURE_SECONDS = 1.0
"""Seconds in which several troubles count as one."""
MAX_DEFERRED_SHARE = 0.2
"""Share of a window from which on 4xx replies are about the relay, not about some readers."""
SLOW_FACTOR = 4.0
"""Times the best pace seen, from which on a relay has enough to do and gets no more."""
ALWAYS_FAST_SECONDS = 0.05
"""Seconds per message that are fast enough however fast it went before."""
BEST_PACE_DECAY = 1.02
"""By how much the best pace seen is forgotten with every window, so that an old relay is not held to its youth."""


@dataclass(frozen=True, slots=True)
class WindowResult:
    """What became of one window.

    Args:
        messages: how many it held.
        troubled: the relay had too much, or failed.
        seconds: from saying to hearing the last answer.
    """

    messages: int
    troubled: bool
    seconds: float

    @property
    def per_message(self) -> float:
        """Seconds."""
        return self.seconds / max(1, self.messages)


def summarise_window(outcomes: Iterable[Outcome], seconds: float) -> WindowResult:
    """The sum of a window."""
    found = list(outcomes)
    deferred = [outcome for outcome in found if isinstance(outcome, Deferred)]
    broken = any(
        isinstance(outcome, Uncertain) or (isinstance(outcome, NotSent) and outcome.error) for outcome in found
    )
    refused_as_such = any(outcome.code == 421 or outcome.step is SmtpStep.MAIL for outcome in deferred)
    many = bool(deferred) and len(deferred) >= MAX_DEFERRED_SHARE * len(found)
    return WindowResult(len(found), broken or refused_as_such or many, seconds)


def error_if_all_deferred_at_mail(outcomes: Sequence[Outcome]) -> RelayError | None:
    """Return the fault of a relay that put off every message of a window at MAIL, before it heard of a recipient."""
    for outcome in outcomes:
        if not (isinstance(outcome, Deferred) and outcome.step is SmtpStep.MAIL):
            return None
    last = outcomes[-1]
    assert isinstance(last, Deferred), "all of them are"
    return RelayUnavailableError(f"MAIL: {last.code} {redact_addresses(last.text)}".strip(), last.code, last.enhanced)


@dataclass(frozen=True, slots=True)
class AdaptiveConcurrency:
    """The pace towards one relay; each call gives the next one.

    Args:
        most: windows at once that are never exceeded, from the relay's `connections`.
    """

    most: int
    room: float = INITIAL_WINDOWS
    best: float = 0.0
    starting: bool = True
    cut_at: float | None = None

    @property
    def allowed(self) -> int:
        """Windows at once, from 1 to `most`."""
        return max(1, min(self.most, int(self.room)))

    def after(self, window: WindowResult, now: float) -> "AdaptiveConcurrency":
        """The pace after one window; `now` in seconds of any clock that never goes back."""
        if window.troubled:
            return self.cut(now)
        if not window.messages:
            return self
        best = min(window.per_message, self.best * BEST_PACE_DECAY) if self.best else window.per_message
        if window.per_message > max(ALWAYS_FAST_SECONDS, SLOW_FACTOR * self.best) and self.best:
            return replace(self, best=best)
        step = 1.0 if self.starting else 1 / self.allowed
        return replace(self, best=best, room=min(float(self.most), max(1.0, self.room) + step))

    def cut(self, now: float) -> "AdaptiveConcurrency":
        """The pace after trouble: half, at least 1. No connection is trouble, too."""
        if self.cut_at is not None and now - self.cut_at < SAME_FAILURE_SECONDS:
            return self
        return replace(self, room=max(1.0, self.allowed / 2), starting=False, cut_at=now)
