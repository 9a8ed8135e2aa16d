"""Figures of a measurement, with unit and target."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value. `value` is None if it could not be measured; `note` has the reason."""

    name: str
    value: float | None
    unit: str = ""
    target: str = ""
    note: str = ""
    peer: float | None = None
    """What the program it is compared with (nginx, nchan) took in the same run, in the same unit."""
    bare: float | None = None
    """What a bare loop of system calls took in the same run, in the same unit."""
    met: bool | None = None
    """Return True if the target is met; None without a target or a value to compare."""

    @property
    def ratio(self) -> float | None:
        """Return the value divided by the peer's."""
        return self.value / self.peer if self.value is not None and self.peer else None


def as_json(figures: Iterable[Figure]) -> str:
    """Return all figures by name as one line of JSON."""
    return json.dumps({figure.name: asdict(figure) | {"ratio": figure.ratio} for figure in figures})


def as_line(figure: Figure) -> str:
    """Return one figure as a line of a table."""
    verdict = {None: "", True: " – met", False: " – NOT MET"}[figure.met]
    others = [
        f"peer {_short(figure.peer)} (× {figure.ratio:.2f})" if figure.peer and figure.ratio is not None else "",
        f"bare {_short(figure.bare)}" if figure.bare is not None else "",
        f"target {figure.target}{verdict}" if figure.target else "",
        figure.note,
    ]
    value = "not measured" if figure.value is None else f"{_short(figure.value)} {figure.unit}".rstrip()
    return f"{figure.name:<58} {value:>22}  {'; '.join(part for part in others if part)}".rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
