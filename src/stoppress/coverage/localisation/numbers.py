"""Numbers in the active language."""

from django.utils.formats import number_format


def group_digits(number: int) -> str:
    """Return a number with a separator between thousands: `18,204`, in German `18.204`."""
    return number_format(number, 0, force_grouping=True)
