"""Counts of an import, which account for every row."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class ImportReport:
    """Counts that add up: read = added + invited + already_subscribed + rejected.

    Args:
        read: rows of the file.
        added: subscriptions that are active at once.
        invited: addresses that got a mail to confirm.
        already_subscribed: rows whose subscription is active already, or named twice in the file.
        rejected: rows by the reason of their rejection.
    """

    read: int = 0
    added: int = 0
    invited: int = 0
    already_subscribed: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """Return the counts as lines of text."""
        lines = [f"{self.read:,} rows read"]
        lines += [f"{self.added:,} added"] if self.added or not self.invited else []
        lines += [f"{self.invited:,} asked to confirm by mail"] if self.invited else []
        lines += [f"{self.already_subscribed:,} subscribed already"] if self.already_subscribed else []
        lines += [f"{count:,} rejected: {reason}" for reason, count in self.rejected.most_common()]
        return lines
