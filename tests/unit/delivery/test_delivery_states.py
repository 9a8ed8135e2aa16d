"""The table of transitions equals the design, and nothing else is allowed."""

import pytest

from stoppress.delivery.choices import DeliveryState as State
from stoppress.delivery.errors import IllegalTransitionError
from stoppress.delivery.ledger.delivery_states import STOPPED, TRANSITIONS, WAITING, check_transition
from stoppress.delivery.ledger.receipt_totals import STATE_LABELS, Receipt

ENDS = {State.ACCEPTED, State.REFUSED, State.SUPPRESSED, State.SUPERSEDED}


def test_every_state_has_transitions_and_a_label():
    assert set(TRANSITIONS) == set(State) == {state for state, _ in STATE_LABELS}


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_check_transition_raises_when_the_table_does_not_contain_it(before, after):
    if after in TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransitionError):
            check_transition(before, after)


def test_final_states_have_no_transition():
    assert all(not TRANSITIONS[end] for end in ENDS)


def test_expired_deliveries_can_only_become_pending():
    assert TRANSITIONS[State.EXPIRED] == {State.PENDING}


def test_receipt_with_a_shortfall_adds_up_to_intended():
    short = Receipt({State.ACCEPTED: 10}, shortfall=10)
    assert short.intended == 20
    assert short.rows() == [("accepted", 10), ("missing: counted at Send, but never created", 10)]


def test_only_waiting_deliveries_can_be_claimed_or_stopped():
    for state in State:
        assert (State.IN_FLIGHT in TRANSITIONS[state]) == (state in WAITING)
        assert (TRANSITIONS[state] >= STOPPED) == (state in WAITING)


def test_delivery_in_flight_waits_again_only_when_deferred_or_not_started():
    assert TRANSITIONS[State.IN_FLIGHT] & WAITING == {State.DEFERRED, State.PENDING}
    assert TRANSITIONS[State.UNCERTAIN] == {State.PENDING}
    assert TRANSITIONS[State.HALTED] == {State.PENDING, State.SUPERSEDED}


def test_receipt_text_lists_counts_with_labels():
    receipt = Receipt({State.ACCEPTED: 18204, State.REFUSED: 7, State.PENDING: 3})
    assert receipt.summary() == "18,204 accepted, 7 refused, 3 waiting"
    assert (receipt.intended, receipt.possibly_sent, receipt.waiting, receipt.is_finished) == (18214, 18204, 3, False)


def test_receipt_text_names_an_alert_without_recipients():
    assert Receipt({}).summary() == "no recipients"
    assert Receipt({}).is_finished
