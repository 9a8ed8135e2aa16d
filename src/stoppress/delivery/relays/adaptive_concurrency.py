"""How many windows may be on their way to a relay at once: additive increase, multiplicative decrease, as TCP has it.

It begins low and grows by one with every good window until the first trouble; from then on by one with every round of
good windows. Trouble halves it, once for what several lines meet together. Pure: `now` and what was heard come in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stoppress.smtp import Deferred, NotSent, Outcome, RelayFault, RelayUnavailable, Step, Uncertain
from stoppress.smtp.address_syntax import redacted

FIRST = 4
"""Windows at once to begin with."""
SAME_TROUBLE = 1.0
"""Seconds in which several troubles count as one."""
TOO_MANY_DEFERRED = 0.2
"""Share of a window from which on 4xx replies are about the relay, not about some readers."""
SLOW = 4.0
"""Times the best pace seen, from which on a relay has enough to do and gets no more."""
NEVER_SLOW = 0.05
"""Seconds per message that are fast enough however fast it went before."""
FORGET = 1.02
"""By how much the best pace seen is forgotten with every window, so that an old relay is not held to its youth."""


@dataclass(frozen=True, slots=True)
class Heard:
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


def heard(outcomes: Iterable[Outcome], seconds: float) -> Heard:
    """The sum of a window."""
    found = list(outcomes)
    deferred = [outcome for outcome in found if isinstance(outcome, Deferred)]
    broken = any(
        isinstance(outcome, Uncertain) or (isinstance(outcome, NotSent) and outcome.fault) for outcome in found
    )
    refused_as_such = any(outcome.code == 421 or outcome.at is Step.MAIL for outcome in deferred)
    many = bool(deferred) and len(deferred) >= TOO_MANY_DEFERRED * len(found)
    return Heard(len(found), broken or refused_as_such or many, seconds)


def takes_nothing(outcomes: Sequence[Outcome]) -> RelayFault | None:
    """Return the fault of a relay that put off every message of a window at MAIL, before it heard of a recipient."""
    for outcome in outcomes:
        if not (isinstance(outcome, Deferred) and outcome.at is Step.MAIL):
            return None
    last = outcomes[-1]
    assert isinstance(last, Deferred), "all of them are"
    return RelayUnavailable(f"MAIL: {last.code} {redacted(last.text)}".strip(), last.code, last.enhanced)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace towards one relay; each call gives the next one.

    Args:
        most: windows at once that are never exceeded, from the relay's `connections`.
    """

    most: int
    room: float = FIRST
    best: float = 0.0
    starting: bool = True
    cut_at: float | None = None

    @property
    def allowed(self) -> int:
        """Windows at once, from 1 to `most`."""
        return max(1, min(self.most, int(self.room)))

    def after(self, window: Heard, now: float) -> "Pace":
        """The pace after one window; `now` in seconds of any clock that never goes back."""
        if window.troubled:
            return self.cut(now)
        if not window.messages:
            return self
        best = min(window.per_message, self.best * FORGET) if self.best else window.per_message
        if window.per_message > max(NEVER_SLOW, SLOW * self.best) and self.best:
            return replace(self, best=best)
        step = 1.0 if self.starting else 1 / self.allowed
        return replace(self, best=best, room=min(float(self.most), max(1.0, self.room) + step))

    def cut(self, now: float) -> "Pace":
        """The pace after trouble: half, at least 1. No connection is trouble, too."""
        if self.cut_at is not None and now - self.cut_at < SAME_TROUBLE:
            return self
        return replace(self, room=max(1.0, self.allowed / 2), starting=False, cut_at=now)
