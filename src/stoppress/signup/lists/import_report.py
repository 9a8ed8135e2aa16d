"""What became of every row."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts that add up: read = added + asked + already + refused."""

    read: int = 0
    added: int = 0
    asked: int = 0
    already: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def words(self) -> list[str]:
        """The account, line by line."""
        lines = [f"{self.read:,} rows read"]
        lines += [f"{self.added:,} added"] if self.added or not self.asked else []
        lines += [f"{self.asked:,} asked to confirm by mail"] if self.asked else []
        lines += [f"{self.already:,} signed up already"] if self.already else []
        lines += [f"{count:,} refused: {reason}" for reason, count in self.refused.most_common()]
        return lines
