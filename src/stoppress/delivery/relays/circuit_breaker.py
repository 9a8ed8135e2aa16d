"""A circuit breaker for each receiving domain: a spike of policy replies there is about us, not about its readers.

    CLOSED ──most replies of a minute are bad──► OPEN ──after a while──► HALF OPEN ──one good reply──► CLOSED
                                                  ▲                          │
                                                  └────── twice as long ─────┘ one bad reply

Pure but for its own memory, which is bounded: `now` comes in, in seconds of any clock that never goes back.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from stoppress.smtp import Accepted, Deferred, Outcome, Refused, SmtpStep, Uncertain
from stoppress.smtp.address_syntax import redact_addresses

REPLY_SPAN_SECONDS = 60.0
"""Seconds of replies that count."""
MIN_REJECTIONS = 10
"""Bad replies below which nothing is paused: some mailboxes are always full."""
MIN_REJECTED_SHARE = 0.5
"""Share of bad replies from which on a domain is paused."""
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 60.0, 900.0
"""Seconds that a domain is paused for, doubled with each probe that fails."""
PROBE_TIMEOUT_SECONDS = 120.0
"""Seconds after which a probe that nothing was heard of is given up, and another may go."""
MAX_DOMAINS, MAX_REPLIES = 10_000, 200
"""How many domains are remembered, and replies of each."""


@dataclass(frozen=True, slots=True)
class PausedDomain:
    """A domain that gets nothing at present, and why, fit for a log.

    Args:
        until: when a probe may go, as `now` counts.
    """

    domain: str
    until: float
    bad: int
    replies: int
    last: str

    def __str__(self) -> str:
        return (
            f"{self.domain}: {self.bad} of {self.replies} replies within {REPLY_SPAN_SECONDS:g} s put us off; the last: {self.last}"
        )


@dataclass(slots=True)
class _Circuit:
    """What is known of one domain."""

    replies: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=MAX_REPLIES))
    paused: PausedDomain | None = None
    pause: float = FIRST_PAUSE_SECONDS
    probed_at: float | None = None


class CircuitBreaker:
    """The circuits of all domains."""

    def __init__(self) -> None:
        self._circuits: OrderedDict[str, _Circuit] = OrderedDict()

    def allows(self, domain: str, now: float) -> bool:
        """Whether a message may go to the domain now; after its pause one may, as a probe, until something is heard."""
        circuit = self._circuits.get(domain)
        if circuit is None or circuit.paused is None:
            return True
        if now < circuit.paused.until or (circuit.probed_at is not None and now - circuit.probed_at < PROBE_TIMEOUT_SECONDS):
            return False
        circuit.probed_at = now
        return True

    def heard(self, domain: str, outcome: Outcome, now: float) -> PausedDomain | None:
        """Take note of an outcome; gives the pause that it brought about, if it did."""
        bad = False if type(outcome) is Accepted else is_policy_rejection(outcome)
        if bad is None:
            return None
        circuit = self._circuit(domain)
        if circuit.paused:
            return self._heard_while_paused(circuit, circuit.paused, bad, outcome, now)
        circuit.replies.append((now, bad))
        while circuit.replies[0][0] <= now - REPLY_SPAN_SECONDS:
            circuit.replies.popleft()
        if not bad:
            return None
        number = sum(each for _, each in circuit.replies)
        if number < MIN_REJECTIONS or number < MIN_REJECTED_SHARE * len(circuit.replies):
            return None
        circuit.pause = FIRST_PAUSE_SECONDS
        return self._pause(circuit, PausedDomain(domain, now + FIRST_PAUSE_SECONDS, number, len(circuit.replies), _last(outcome)))

    def paused(self) -> list[PausedDomain]:
        """The domains that get nothing, or only a probe, and why."""
        return [circuit.paused for circuit in self._circuits.values() if circuit.paused]

    def until(self, domain: str, now: float) -> float | None:
        """When to ask again for a domain that is not allowed; None for one that is."""
        circuit = self._circuits.get(domain)
        if circuit is None or circuit.paused is None:
            return None
        probe = circuit.probed_at + PROBE_TIMEOUT_SECONDS if circuit.probed_at is not None else now
        return max(circuit.paused.until, probe)

    def _heard_while_paused(
        self, circuit: _Circuit, paused: PausedDomain, bad: bool, outcome: Outcome, now: float
    ) -> PausedDomain | None:
        if circuit.probed_at is None:
            return None  # It was on its way before the pause.
        if not bad:
            circuit.paused, circuit.probed_at, circuit.pause = None, None, FIRST_PAUSE_SECONDS
            circuit.replies.clear()
            return None
        circuit.pause = min(circuit.pause * 2, MAX_PAUSE_SECONDS)
        return self._pause(circuit, PausedDomain(paused.domain, now + circuit.pause, 1, 1, _last(outcome)))

    def _pause(self, circuit: _Circuit, paused: PausedDomain) -> PausedDomain:
        circuit.paused, circuit.probed_at = paused, None
        circuit.replies.clear()
        return paused

    def _circuit(self, domain: str) -> _Circuit:
        circuit = self._circuits.get(domain)
        if circuit is None:
            circuit = self._circuits[domain] = _Circuit()
            if len(self._circuits) > MAX_DOMAINS:
                self._forget_one()
        else:
            self._circuits.move_to_end(domain)
        return circuit

    def _forget_one(self) -> None:
        """The one longest unheard of; one that is paused only if all are."""
        quiet = next((domain for domain, each in self._circuits.items() if not each.paused), None)
        del self._circuits[quiet if quiet is not None else next(iter(self._circuits))]


def is_policy_rejection(outcome: Outcome) -> bool | None:
    """Whether the domain put us off by policy (4xx, 5.7.x, silence); None for what says nothing of it."""
    match outcome:
        case Accepted():
            return False
        case Refused():
            return outcome.enhanced.startswith("5.7.")
        case Deferred():
            return None if outcome.step is SmtpStep.MAIL or outcome.code == 421 else True
        case Uncertain():
            return True
        case _:
            return None


def _last(outcome: Outcome) -> str:
    if isinstance(outcome, Deferred | Refused):
        return redact_addresses(" ".join(f"{outcome.code} {outcome.enhanced} {outcome.text}".split()))[:200]
    return "no answer"
