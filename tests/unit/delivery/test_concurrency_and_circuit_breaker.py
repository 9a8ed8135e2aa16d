"""A relay's concurrency, and the breaker for each domain: what holds whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from stoppress.delivery.relays.adaptive_concurrency import (
    INITIAL_WINDOWS,
    AdaptiveConcurrency,
    WindowResult,
    summarise_window,
)
from stoppress.delivery.relays.circuit_breaker import (
    FIRST_PAUSE_SECONDS,
    MAX_PAUSE_SECONDS,
    MIN_REJECTIONS,
    PROBE_TIMEOUT_SECONDS,
    REPLY_SPAN_SECONDS,
    CircuitBreaker,
)
from stoppress.smtp import (
    Accepted,
    Deferred,
    NotSent,
    Outcome,
    Refused,
    RelayUnavailableError,
    Step,
    Uncertain,
)

SUCCEEDED, FAILED = WindowResult(25, False, 0.05), WindowResult(25, True, 0.05)
ACCEPTED, POLICY_REJECTION = Accepted(250, "ok"), Deferred(451, "4.7.1", "<mari@example.org> too much mail from you")
OUTCOMES: list[Outcome] = [
    ACCEPTED,
    POLICY_REJECTION,
    Refused(550, "5.7.1", "policy"),
    Refused(550, "5.1.1", "who?"),
    Uncertain(""),
]


class TestAdaptiveConcurrency:
    def test_limit_starts_low_and_reaches_the_maximum(self) -> None:
        concurrency = AdaptiveConcurrency(20)
        assert concurrency.allowed == INITIAL_WINDOWS
        for n in range(20 - INITIAL_WINDOWS):
            concurrency = concurrency.after_window(SUCCEEDED, n)
        assert concurrency.allowed == 20

    def test_limit_is_halved_by_a_failure_and_grows_slowly_afterwards(self) -> None:
        concurrency = AdaptiveConcurrency(20, limit=20).after_window(FAILED, 0)
        assert concurrency.allowed == 10
        concurrency = concurrency.after_window(SUCCEEDED, 1)
        assert concurrency.allowed == 10
        for n in range(12):
            concurrency = concurrency.after_window(SUCCEEDED, n)
        assert concurrency.allowed == 11

    def test_limit_is_halved_once_when_several_connections_fail_together(self) -> None:
        concurrency = AdaptiveConcurrency(20, limit=20)
        for _ in range(5):
            concurrency = concurrency.after_window(FAILED, 7.0)
        assert concurrency.allowed == 10

    def test_limit_does_not_grow_when_the_relay_becomes_slower(self) -> None:
        concurrency = AdaptiveConcurrency(20).after_window(WindowResult(25, False, 1.0), 0)
        slowed = concurrency.after_window(WindowResult(25, False, 25.0), 1)
        assert slowed.allowed == concurrency.allowed

    @given(st.integers(1, 50), st.lists(st.tuples(st.booleans(), st.floats(0, 500), st.floats(0, 5))))
    def test_limit_stays_between_one_and_the_maximum_for_any_results(
        self, max_windows: int, windows: list[tuple[bool, float, float]]
    ) -> None:
        concurrency, now = AdaptiveConcurrency(max_windows), 0.0
        for has_failed, seconds, elapsed in windows:
            now += elapsed
            after_window = concurrency.after_window(WindowResult(25, has_failed, seconds), now)
            assert 1 <= after_window.allowed <= max_windows
            assert (
                after_window.allowed <= concurrency.allowed
                if has_failed
                else after_window.allowed <= concurrency.allowed + 1
            )
            concurrency = after_window

    @pytest.mark.parametrize(
        ("outcomes", "has_failed"),
        [
            ([ACCEPTED] * 25, False),
            ([ACCEPTED] * 24 + [Deferred(450, "4.2.2", "full")], False),
            ([ACCEPTED] * 4 + [Deferred(450, "4.2.1", "grey")], True),
            ([ACCEPTED] * 24 + [Deferred(421, "4.3.2", "bye", Step.FINAL_DOT)], True),
            ([ACCEPTED] * 24 + [Deferred(452, "4.3.1", "full", Step.MAIL)], True),
            ([ACCEPTED] * 24 + [Uncertain("lost")], True),
            ([ACCEPTED] * 24 + [NotSent("lost", RelayUnavailableError("lost"))], True),
            ([ACCEPTED] * 24 + [NotSent("the mailer is stopping")], False),
            ([Refused(550, "5.1.1")] * 25, False),
        ],
    )
    def test_window_fails_only_when_outcomes_concern_the_relay(self, outcomes: list[Outcome], has_failed: bool) -> None:
        assert summarise_window(outcomes, 1.0).has_failed is has_failed


class TestCircuitBreaker:
    def opened(self, now: float = 0.0) -> CircuitBreaker:
        breaker = CircuitBreaker()
        for _ in range(MIN_REJECTIONS):
            paused = breaker.record("example.org", POLICY_REJECTION, now)
        assert paused and paused.until == now + FIRST_PAUSE_SECONDS
        return breaker

    def test_domain_is_paused_with_a_redacted_reason_after_many_rejections(self) -> None:
        breaker = self.opened()
        assert not breaker.allows("example.org", 1.0)
        assert breaker.allows("example.com", 1.0)
        (paused,) = breaker.paused_domains()
        assert str(paused).startswith(
            "example.org: 10 of 10 replies within 60 s rejected mail by policy; the last: 451 4.7.1 <…@"
        )

    def test_domain_is_not_paused_by_a_third_of_rejections(self) -> None:
        breaker = CircuitBreaker()
        for n in range(1000):
            assert breaker.record("example.org", POLICY_REJECTION if n % 3 == 0 else ACCEPTED, n / 100) is None

    def test_domain_is_not_paused_when_rejections_are_far_apart(self) -> None:
        breaker = CircuitBreaker()
        for n in range(100):
            assert (
                breaker.record("example.org", POLICY_REJECTION, n * REPLY_SPAN_SECONDS / (MIN_REJECTIONS - 2)) is None
            )

    def test_domain_is_not_paused_by_unknown_recipients(self) -> None:
        breaker = CircuitBreaker()
        assert not any(breaker.record("example.org", Refused(550, "5.1.1", "who?"), 0.0) for _ in range(100))

    def test_domain_is_not_paused_by_replies_that_concern_the_relay(self) -> None:
        breaker = CircuitBreaker()
        relay_full = Deferred(452, "4.3.1", "full", Step.MAIL)
        assert not any(breaker.record("example.org", relay_full, 0.0) for _ in range(100))

    def test_domain_is_allowed_again_when_a_probe_succeeds(self) -> None:
        breaker = self.opened()
        assert breaker.retry_at("example.org", 0.0) == FIRST_PAUSE_SECONDS
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        assert not breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        breaker.record("example.org", ACCEPTED, FIRST_PAUSE_SECONDS)
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS) and breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        assert breaker.paused_domains() == []

    def test_pause_doubles_up_to_a_limit_when_probes_fail(self) -> None:
        breaker, now, pauses = self.opened(), 0.0, []
        for _ in range(6):
            now = breaker.paused_domains()[0].until
            assert breaker.allows("example.org", now)
            again = breaker.record("example.org", POLICY_REJECTION, now)
            assert again
            pauses.append(again.until - now)
        assert pauses == [120.0, 240.0, 480.0, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]

    def test_next_probe_is_allowed_when_a_probe_has_no_outcome(self) -> None:
        breaker = self.opened()
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        assert breaker.retry_at("example.org", FIRST_PAUSE_SECONDS) == FIRST_PAUSE_SECONDS + PROBE_TIMEOUT_SECONDS
        assert not breaker.allows("example.org", FIRST_PAUSE_SECONDS + PROBE_TIMEOUT_SECONDS - 1)
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS + PROBE_TIMEOUT_SECONDS)

    def test_outcome_of_a_message_sent_before_the_pause_is_ignored(self) -> None:
        breaker = self.opened()
        for outcome in (ACCEPTED, POLICY_REJECTION):
            assert breaker.record("example.org", outcome, FIRST_PAUSE_SECONDS + 1) is None
        assert len(breaker.paused_domains()) == 1


class BreakerMachine(RuleBasedStateMachine):
    """Two domains, any replies, any concurrency."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now = CircuitBreaker(), 0.0
        self.probes: dict[str, float] = {}

    @rule(seconds=st.integers(0, 200))
    def advance_clock(self, seconds: int) -> None:
        self.now += seconds

    @rule(domain=st.sampled_from("ab"), outcome=st.sampled_from(OUTCOMES), times=st.integers(1, 12))
    def record_outcomes(self, domain: str, outcome: Outcome, times: int) -> None:
        before = {paused.domain for paused in self.breaker.paused_domains()}
        for _ in range(times):
            if paused := self.breaker.record(domain, outcome, self.now):
                assert outcome not in (ACCEPTED, OUTCOMES[3])
                assert paused.domain == domain
                assert FIRST_PAUSE_SECONDS <= round(paused.until - self.now, 6) <= MAX_PAUSE_SECONDS
                self.probes.pop(domain, None)
        closed = before - {paused.domain for paused in self.breaker.paused_domains()}
        if closed:
            assert closed == {domain} and domain in self.probes
            del self.probes[domain]

    @rule(domain=st.sampled_from("ab"))
    def check_allowed(self, domain: str) -> None:
        paused = next((each for each in self.breaker.paused_domains() if each.domain == domain), None)
        until = self.breaker.retry_at(domain, self.now)
        allowed = self.breaker.allows(domain, self.now)
        if paused is None:
            assert allowed and until is None
        elif allowed:
            assert self.now >= paused.until
            assert self.now - self.probes.get(domain, -PROBE_TIMEOUT_SECONDS) >= PROBE_TIMEOUT_SECONDS
            self.probes[domain] = self.now
        else:
            assert until is not None and until > self.now


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
