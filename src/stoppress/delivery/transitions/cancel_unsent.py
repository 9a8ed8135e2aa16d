"""Close what will not leave any more: deliveries of alerts that were halted, or whose time is over, slice by slice."""

from datetime import datetime

from stoppress.delivery.choices import DeliveryState
from stoppress.delivery.ledger.delivery_states import EXPIRED, HALTED, SUPERSEDED, WAITING, check_move
from stoppress.delivery.ledger.open_alerts import must_close
from stoppress.delivery.ledger.sql_dialects import ALERT, DELIVERY, execute, is_sqlite, key_of, moment
from stoppress.delivery.models import Alert


def close_slice(alert: Alert, *, now: datetime, size: int) -> int:
    """Close up to `size` waiting deliveries of an alert; how many that were, fewer than `size` when none is left."""
    if not must_close(alert, now):
        return 0
    to = end_of(alert)
    return sum(_close(alert, state, to, now, size) for state in sorted(WAITING))


def end_of(alert: Alert) -> DeliveryState:
    """What becomes of the waiting deliveries of an alert that is closed."""
    if alert.halted_at is None:
        return EXPIRED
    return SUPERSEDED if alert.corrections.exists() else HALTED


def _close(alert: Alert, state: DeliveryState, to: DeliveryState, now: datetime, size: int) -> int:
    """An alert that was let go on meanwhile (resuming.py) is left alone."""
    check_move(state, to)
    lock = "" if is_sqlite() else " FOR UPDATE SKIP LOCKED"
    return execute(
        f"""UPDATE {DELIVERY} SET state = %s, next_at = NULL, settled_at = %s WHERE id IN (
            SELECT id FROM {DELIVERY} WHERE alert_id = %s AND state = %s LIMIT %s{lock})
            AND EXISTS (SELECT 1 FROM {ALERT} a WHERE a.id = %s AND (a.halted_at IS NOT NULL OR a.not_after <= %s))""",
        [to.value, moment(now), key_of(alert.pk), state.value, size, key_of(alert.pk), moment(now)],
    )
