"""Cancel unsent deliveries of alerts that were halted or whose time is over, batch by batch."""

from datetime import datetime

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import EXPIRED, HALTED, SUPERSEDED, WAITING, check_transition
from stoppress.delivery.ledger.open_alerts import must_cancel
from stoppress.delivery.ledger.sql_dialects import ALERT, DELIVERY, execute, is_sqlite, key_parameter, time_parameter
from stoppress.delivery.models import Alert


def cancel_unsent_batch(alert: Alert, *, now: datetime, size: int) -> int:
    """Cancel up to `size` waiting deliveries of an alert.

    Returns:
        How many were cancelled. Fewer than `size` means that none is left.
    """
    if not must_cancel(alert, now):
        return 0
    to = state_after_cancel(alert)
    return sum(_cancel(alert, state, to, now, size) for state in sorted(WAITING))


def state_after_cancel(alert: Alert) -> DeliveryState:
    """Return the state of an alert's waiting deliveries after they are cancelled."""
    if alert.halted_at is None:
        return EXPIRED
    return SUPERSEDED if alert.corrections.exists() else HALTED


def _cancel(alert: Alert, state: DeliveryState, to: DeliveryState, now: datetime, size: int) -> int:
    """Cancel deliveries in one state.

    The statement checks again that no editor has resumed the alert meanwhile. The inner query finds rows by the index
    delivery_by_state (alert, state); on PostgreSQL it skips rows that are locked.
    """
    check_transition(state, to)
    lock = "" if is_sqlite() else " FOR UPDATE SKIP LOCKED"
    return execute(
        f"""UPDATE {DELIVERY} SET state = %s, next_attempt_at = NULL, settled_at = %s WHERE id IN (
            SELECT id FROM {DELIVERY} WHERE alert_id = %s AND state = %s LIMIT %s{lock})
            AND EXISTS (SELECT 1 FROM {ALERT} a WHERE a.id = %s AND (a.halted_at IS NOT NULL OR a.not_after <= %s))""",
        [
            to.value,
            time_parameter(now),
            key_parameter(alert.pk),
            state.value,
            size,
            key_parameter(alert.pk),
            time_parameter(now),
        ],
    )
