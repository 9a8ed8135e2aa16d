"""A circuit breaker for each receiving domain: many policy rejections there concern this sender, not single readers.

    CLOSED ──most replies of a minute are rejections──► OPEN ──after the pause──► HALF OPEN ──success──► CLOSED
                                                         ▲                          │
                                                         └────── twice as long ─────┘ rejection

Pure except for its own memory, which is bounded. Times are seconds of a monotonic clock.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from stoppress.smtp import Accepted, Deferred, Outcome, Refused, Step, Uncertain
from stoppress.smtp.address_syntax import redact_addresses

REPLY_SPAN_SECONDS = 60.0
"""Time in seconds for which a reply counts."""
MIN_REJECTIONS = 10
"""Fewer rejections pause no domain: some mailboxes are always full."""
MIN_REJECTED_SHARE = 0.5
"""Share of rejections from which a domain is paused."""
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 60.0, 900.0
"""How long a domain is paused; doubled with each probe that fails."""
PROBE_TIMEOUT_SECONDS = 120.0
"""After this time a probe without an outcome is abandoned, and another may be sent."""
MAX_DOMAINS, MAX_REPLIES = 10_000, 200
"""Maximum number of domains stored, and of replies per domain."""


@dataclass(frozen=True, slots=True)
class PausedDomain:
    """A domain that gets no mail at present; its str is fit for a log.

    Args:
        until: when a probe may be sent.
        rejections: rejections among `replies`.
        last_reply: the last rejection, without addresses.
    """

    domain: str
    until: float
    rejections: int
    replies: int
    last_reply: str

    def __str__(self) -> str:
        return (
            f"{self.domain}: {self.rejections} of {self.replies} replies within {REPLY_SPAN_SECONDS:g} s"
            f" rejected mail by policy; the last: {self.last_reply}"
        )


@dataclass(slots=True)
class _Circuit:
    """The state of one domain."""

    replies: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=MAX_REPLIES))
    paused: PausedDomain | None = None
    pause_seconds: float = FIRST_PAUSE_SECONDS
    probed_at: float | None = None


class CircuitBreaker:
    """The circuits of all domains."""

    def __init__(self) -> None:
        self._circuits: OrderedDict[str, _Circuit] = OrderedDict()

    def allows(self, domain: str, now: float) -> bool:
        """Return True if a message may be sent to the domain now; after a pause, one as a probe until its outcome."""
        circuit = self._circuits.get(domain)
        if circuit is None or circuit.paused is None:
            return True
        is_probing = circuit.probed_at is not None and now - circuit.probed_at < PROBE_TIMEOUT_SECONDS
        if now < circuit.paused.until or is_probing:
            return False
        circuit.probed_at = now
        return True

    def record(self, domain: str, outcome: Outcome, now: float) -> PausedDomain | None:
        """Record an outcome; return the pause that it causes, if it causes one."""
        is_rejection = False if type(outcome) is Accepted else is_policy_rejection(outcome)
        if is_rejection is None:
            return None
        circuit = self._circuit(domain)
        if circuit.paused:
            return self._record_while_paused(circuit, circuit.paused, is_rejection, outcome, now)
        circuit.replies.append((now, is_rejection))
        while circuit.replies[0][0] <= now - REPLY_SPAN_SECONDS:
            circuit.replies.popleft()
        if not is_rejection:
            return None
        rejections = sum(rejected for _, rejected in circuit.replies)
        if rejections < MIN_REJECTIONS or rejections < MIN_REJECTED_SHARE * len(circuit.replies):
            return None
        circuit.pause_seconds = FIRST_PAUSE_SECONDS
        until, replies = now + FIRST_PAUSE_SECONDS, len(circuit.replies)
        return self._pause(circuit, PausedDomain(domain, until, rejections, replies, _describe(outcome)))

    def paused_domains(self) -> list[PausedDomain]:
        """Return the domains that get no mail, or only a probe."""
        return [circuit.paused for circuit in self._circuits.values() if circuit.paused]

    def retry_at(self, domain: str, now: float) -> float | None:
        """Return when a domain that is not allowed should be tried again; None for one that is allowed."""
        circuit = self._circuits.get(domain)
        if circuit is None or circuit.paused is None:
            return None
        probe_ends = circuit.probed_at + PROBE_TIMEOUT_SECONDS if circuit.probed_at is not None else now
        return max(circuit.paused.until, probe_ends)

    def _record_while_paused(
        self, circuit: _Circuit, paused: PausedDomain, is_rejection: bool, outcome: Outcome, now: float
    ) -> PausedDomain | None:
        if circuit.probed_at is None:
            return None  # It was sent before the pause.
        if not is_rejection:
            circuit.paused, circuit.probed_at, circuit.pause_seconds = None, None, FIRST_PAUSE_SECONDS
            circuit.replies.clear()
            return None
        circuit.pause_seconds = min(circuit.pause_seconds * 2, MAX_PAUSE_SECONDS)
        until = now + circuit.pause_seconds
        return self._pause(circuit, PausedDomain(paused.domain, until, 1, 1, _describe(outcome)))

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
        """Remove the domain without a reply for longest; a paused one only if all are paused."""
        unpaused = next((domain for domain, circuit in self._circuits.items() if not circuit.paused), None)
        del self._circuits[unpaused if unpaused is not None else next(iter(self._circuits))]


def is_policy_rejection(outcome: Outcome) -> bool | None:
    """Return True if the domain rejected the mail by policy (4xx, 5.7.x, silence); None if that cannot be concluded."""
    match outcome:
        case Accepted():
            return False
        case Refused():
            return outcome.enhanced.startswith("5.7.")
        case Deferred():
            return None if outcome.step is Step.MAIL or outcome.code == 421 else True
        case Uncertain():
            return True
        case _:
            return None


def _describe(outcome: Outcome) -> str:
    if isinstance(outcome, Deferred | Refused):
        return redact_addresses(" ".join(f"{outcome.code} {outcome.enhanced} {outcome.text}".split()))[:200]
    return "no reply"
