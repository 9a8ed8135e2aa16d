"""What a measurement prints: figures with their units and, where there is one, the target they are held to."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value. `value` is None where it could not be measured; `note` says why, or how it was."""

    name: str
    value: float | None
    unit: str = ""
    target: str = ""
    note: str = ""


def as_json(figures: Iterable[Figure]) -> str:
    """All figures as one JSON object, by name."""
    return json.dumps({figure.name: asdict(figure) for figure in figures}, indent=2)


def as_line(figure: Figure) -> str:
    """One figure as a line of a table."""
    value = "not measured" if figure.value is None else f"{figure.value:,.4g} {figure.unit}".rstrip()
    if figure.value is not None and abs(figure.value) >= 1000:
        value = f"{figure.value:,.0f} {figure.unit}".rstrip()
    extra = "; ".join(part for part in (f"target {figure.target}" if figure.target else "", figure.note) if part)
    return f"{figure.name:<58} {value:>22}  {extra}".rstrip()
