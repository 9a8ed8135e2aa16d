"""The table of moves says what the design says, and nothing else moves."""

import pytest

from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.errors import IllegalTransitionError
from stoppress.delivery.ledger.delivery_states import TRANSITIONS, STOPPED, WAITING, check_transition
from stoppress.delivery.ledger.receipt_totals import STATE_LABELS, Receipt

ENDS = {State.ACCEPTED, State.REFUSED, State.SUPPRESSED, State.SUPERSEDED}


def test_every_state_has_its_line_in_the_table_and_its_words():
    assert set(TRANSITIONS) == set(State) == {state for state, _ in STATE_LABELS}


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_what_is_not_in_the_table_raises(before, after):
    if after in TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransitionError):
            check_transition(before, after)


def test_nothing_leaves_an_end():
    assert all(not TRANSITIONS[end] for end in ENDS)


def test_what_expired_can_only_be_set_free_again():
    assert TRANSITIONS[State.EXPIRED] == {State.PENDING}


def test_a_receipt_with_a_shortfall_still_adds_up_to_what_was_intended():
    short = Receipt({State.ACCEPTED: 10}, shortfall=10)
    assert short.intended == 20
    assert short.rows() == [("accepted", 10), ("missing: counted at Send, but never created", 10)]


def test_only_what_waits_can_be_taken_up_or_stopped():
    for state in State:
        assert (State.IN_FLIGHT in TRANSITIONS[state]) == (state in WAITING)
        assert (TRANSITIONS[state] >= STOPPED) == (state in WAITING)


def test_what_is_in_flight_waits_again_only_if_put_off_or_unbegun_and_the_uncertain_only_by_an_editor():
    assert TRANSITIONS[State.IN_FLIGHT] & WAITING == {State.DEFERRED, State.PENDING}
    assert TRANSITIONS[State.UNCERTAIN] == {State.PENDING}
    assert TRANSITIONS[State.HALTED] == {State.PENDING, State.SUPERSEDED}


def test_a_receipt_speaks_as_a_journalist_would():
    receipt = Receipt({State.ACCEPTED: 18204, State.REFUSED: 7, State.PENDING: 3})
    assert receipt.words() == "18,204 accepted, 7 refused, 3 waiting"
    assert (receipt.intended, receipt.possibly_sent, receipt.waiting, receipt.is_finished) == (18214, 18204, 3, False)


def test_an_alert_for_nobody_says_so():
    assert Receipt({}).words() == "no recipients"
    assert Receipt({}).is_finished
