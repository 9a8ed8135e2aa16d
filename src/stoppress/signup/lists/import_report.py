"""What became of every row."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class ImportReport:
    """Counts that add up: read = added + asked + already + refused."""

    read: int = 0
    added: int = 0
    invited: int = 0
    already_subscribed: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """The account, line by line."""
        lines = [f"{self.read:,} rows read"]
        lines += [f"{self.added:,} added"] if self.added or not self.invited else []
        lines += [f"{self.invited:,} asked to confirm by mail"] if self.invited else []
        lines += [f"{self.already_subscribed:,} signed up already"] if self.already_subscribed else []
        lines += [f"{count:,} refused: {reason}" for reason, count in self.rejected.most_common()]
        return lines
