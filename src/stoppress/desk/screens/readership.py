"""How many people read a live blog now, and how fast the newest change reached them.

The service provides the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.numbers import group_digits

MIN_SHOWN_SECONDS = 0.1


@dataclass(frozen=True)
class Readership:
    """The readers of one live blog at this moment.

    Args:
        reading: open connections.
        up_to_date: connections that have the newest change.
        following: connections that can have it: all but those that have just received a `reset`.
        p99: seconds until 99 % of them had the newest change; None if they do not have it, or none was open.
        p50: the same for half of them.
        dropped: connections of all live blogs that were closed because they read too slowly, since the processes began.
        resumed: connections that returned and continued from their cursor.
        resets: connections that received a `reset` and reloaded the page.
    """

    reading: int
    up_to_date: int
    following: int
    p99: float | None
    p50: float | None = None
    dropped: int = 0
    resumed: int = 0
    resets: int = 0

    @property
    def summary(self) -> str:
        """Return `8,412 reading · newest post at 99 % in 0.4 s`."""
        if not self.reading:
            return _("No readers right now")
        number = group_digits(self.reading)
        if not self.following:
            return _("{number} reading").format(number=number)
        if self.p99 is not None:
            return _("{number} reading · newest post at 99 % in {seconds} s").format(
                number=number, seconds=_rounded(self.p99)
            )
        share = self.up_to_date * 100 // self.following
        return _("{number} reading · newest post at {share} %").format(number=number, share=share)

    @property
    def details(self) -> str:
        """Return the sentences behind the summary."""
        totals = _(
            "All live blogs since the start: {resumed} connections resumed, {resets} reloaded the page, "
            "{dropped} were closed because they read too slowly."
        ).format(
            resumed=group_digits(self.resumed), resets=group_digits(self.resets), dropped=group_digits(self.dropped)
        )
        if self.p50 is None:
            return totals
        half = _("Half of them had the newest post in {seconds} s.").format(seconds=_rounded(self.p50))
        return f"{half} {totals}"


def _rounded(seconds: float) -> str:
    return number_format(max(seconds, MIN_SHOWN_SECONDS), 1)


def _unknown(slug: str) -> Readership | None:
    return None


find_readership: Callable[[str], Readership | None] = _unknown
"""Set by the service at its start; returns None where connections are not counted."""
