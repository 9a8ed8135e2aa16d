"""A relay's pace, and the breaker for each domain: what holds whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from stoppress.delivery.relays.adaptive_concurrency import INITIAL_WINDOWS, WindowResult, AdaptiveConcurrency, summarise_window
from stoppress.delivery.relays.circuit_breaker import MIN_REJECTIONS, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, PROBE_TIMEOUT_SECONDS, REPLY_SPAN_SECONDS, CircuitBreaker
from stoppress.smtp import Accepted, Deferred, NotSent, Outcome, Refused, RelayUnavailableError, SmtpStep, Uncertain

GOOD, BAD = WindowResult(25, False, 0.05), WindowResult(25, True, 0.05)
YES, BLOCKED = Accepted(250, "ok"), Deferred(451, "4.7.1", "<mari@example.org> too much mail from you")
OUTCOMES: list[Outcome] = [YES, BLOCKED, Refused(550, "5.7.1", "policy"), Refused(550, "5.1.1", "who?"), Uncertain("")]


class TestPace:
    def test_it_begins_low_and_soon_reaches_what_the_operator_allows(self) -> None:
        pace = AdaptiveConcurrency(20)
        assert pace.allowed == INITIAL_WINDOWS
        for n in range(20 - INITIAL_WINDOWS):
            pace = pace.after(GOOD, n)
        assert pace.allowed == 20

    def test_trouble_halves_it_and_it_comes_back_slowly(self) -> None:
        pace = AdaptiveConcurrency(20, room=20).after(BAD, 0)
        assert pace.allowed == 10
        pace = pace.after(GOOD, 1)
        assert pace.allowed == 10
        for n in range(12):
            pace = pace.after(GOOD, n)
        assert pace.allowed == 11

    def test_what_several_lines_meet_in_one_moment_counts_once(self) -> None:
        pace = AdaptiveConcurrency(20, room=20)
        for _ in range(5):
            pace = pace.after(BAD, 7.0)
        assert pace.allowed == 10

    def test_a_relay_that_gets_slower_gets_no_more(self) -> None:
        pace = AdaptiveConcurrency(20).after(WindowResult(25, False, 1.0), 0)
        slowed = pace.after(WindowResult(25, False, 25.0), 1)
        assert slowed.allowed == pace.allowed

    @given(st.integers(1, 50), st.lists(st.tuples(st.booleans(), st.floats(0, 500), st.floats(0, 5))))
    def test_it_stays_between_one_and_what_is_allowed(self, most: int, story: list[tuple[bool, float, float]]) -> None:
        pace, now = AdaptiveConcurrency(most), 0.0
        for troubled, seconds, passed in story:
            now += passed
            after = pace.after(WindowResult(25, troubled, seconds), now)
            assert 1 <= after.allowed <= most
            assert after.allowed <= pace.allowed if troubled else after.allowed <= pace.allowed + 1
            pace = after

    @pytest.mark.parametrize(
        ("outcomes", "troubled"),
        [
            ([YES] * 25, False),
            ([YES] * 24 + [Deferred(450, "4.2.2", "full")], False),
            ([YES] * 4 + [Deferred(450, "4.2.1", "grey")], True),
            ([YES] * 24 + [Deferred(421, "4.3.2", "bye", SmtpStep.FINAL_DOT)], True),
            ([YES] * 24 + [Deferred(452, "4.3.1", "full", SmtpStep.MAIL)], True),
            ([YES] * 24 + [Uncertain("lost")], True),
            ([YES] * 24 + [NotSent("lost", RelayUnavailableError("lost"))], True),
            ([YES] * 24 + [NotSent("the mailer is stopping")], False),
            ([Refused(550, "5.1.1")] * 25, False),
        ],
    )
    def test_trouble_is_what_is_about_the_relay(self, outcomes: list[Outcome], troubled: bool) -> None:
        assert summarise_window(outcomes, 1.0).troubled is troubled


class TestBreaker:
    def opened(self, now: float = 0.0) -> CircuitBreaker:
        breaker = CircuitBreaker()
        for _ in range(MIN_REJECTIONS):
            paused = breaker.heard("example.org", BLOCKED, now)
        assert paused and paused.until == now + FIRST_PAUSE_SECONDS
        return breaker

    def test_a_spike_of_policy_replies_pauses_the_domain_and_says_why_and_names_nobody(self) -> None:
        breaker = self.opened()
        assert not breaker.allows("example.org", 1.0)
        assert breaker.allows("example.com", 1.0)
        (paused,) = breaker.paused()
        assert str(paused).startswith("example.org: 10 of 10 replies within 60 s put us off; the last: 451 4.7.1 <…@")

    def test_a_few_full_mailboxes_do_not(self) -> None:
        breaker = CircuitBreaker()
        for n in range(1000):
            assert breaker.heard("example.org", BLOCKED if n % 3 == 0 else YES, n / 100) is None

    def test_bad_replies_that_lie_far_apart_do_not(self) -> None:
        breaker = CircuitBreaker()
        for n in range(100):
            assert breaker.heard("example.org", BLOCKED, n * REPLY_SPAN_SECONDS / (MIN_REJECTIONS - 2)) is None

    def test_readers_who_are_gone_do_not(self) -> None:
        breaker = CircuitBreaker()
        assert not any(breaker.heard("example.org", Refused(550, "5.1.1", "who?"), 0.0) for _ in range(100))

    def test_what_is_about_the_relay_does_not(self) -> None:
        breaker = CircuitBreaker()
        relay_full = Deferred(452, "4.3.1", "full", SmtpStep.MAIL)
        assert not any(breaker.heard("example.org", relay_full, 0.0) for _ in range(100))

    def test_one_probe_goes_after_the_pause_and_opens_the_door(self) -> None:
        breaker = self.opened()
        assert breaker.until("example.org", 0.0) == FIRST_PAUSE_SECONDS
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        assert not breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        breaker.heard("example.org", YES, FIRST_PAUSE_SECONDS)
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS) and breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        assert breaker.paused() == []

    def test_a_probe_that_fails_pauses_it_twice_as_long_up_to_a_limit(self) -> None:
        breaker, now, pauses = self.opened(), 0.0, []
        for _ in range(6):
            now = breaker.paused()[0].until
            assert breaker.allows("example.org", now)
            again = breaker.heard("example.org", BLOCKED, now)
            assert again
            pauses.append(again.until - now)
        assert pauses == [120.0, 240.0, 480.0, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]

    def test_a_probe_that_nobody_hears_of_is_followed_by_another(self) -> None:
        breaker = self.opened()
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS)
        assert breaker.until("example.org", FIRST_PAUSE_SECONDS) == FIRST_PAUSE_SECONDS + PROBE_TIMEOUT_SECONDS
        assert not breaker.allows("example.org", FIRST_PAUSE_SECONDS + PROBE_TIMEOUT_SECONDS - 1)
        assert breaker.allows("example.org", FIRST_PAUSE_SECONDS + PROBE_TIMEOUT_SECONDS)

    def test_what_was_on_its_way_before_the_pause_changes_nothing(self) -> None:
        breaker = self.opened()
        for outcome in (YES, BLOCKED):
            assert breaker.heard("example.org", outcome, FIRST_PAUSE_SECONDS + 1) is None
        assert len(breaker.paused()) == 1


class BreakerMachine(RuleBasedStateMachine):
    """Two domains, any replies, any pace."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now = CircuitBreaker(), 0.0
        self.probes: dict[str, float] = {}

    @rule(seconds=st.integers(0, 200))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(domain=st.sampled_from("ab"), outcome=st.sampled_from(OUTCOMES), times=st.integers(1, 12))
    def hear(self, domain: str, outcome: Outcome, times: int) -> None:
        before = {paused.domain for paused in self.breaker.paused()}
        for _ in range(times):
            if paused := self.breaker.heard(domain, outcome, self.now):
                assert outcome not in (YES, OUTCOMES[3])
                assert paused.domain == domain
                assert FIRST_PAUSE_SECONDS <= round(paused.until - self.now, 6) <= MAX_PAUSE_SECONDS
                self.probes.pop(domain, None)
        closed = before - {paused.domain for paused in self.breaker.paused()}
        if closed:
            assert closed == {domain} and domain in self.probes
            del self.probes[domain]

    @rule(domain=st.sampled_from("ab"))
    def ask(self, domain: str) -> None:
        paused = next((each for each in self.breaker.paused() if each.domain == domain), None)
        until = self.breaker.until(domain, self.now)
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
