"""Cells that a spreadsheet would run as a formula: written with an apostrophe before them, and read back without it."""

import re

DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
ESCAPED = re.compile(r"''*[=+\-@\t\r]")


def escaped(cell: str) -> str:
    """`cell`, harmless in any spreadsheet."""
    return f"'{cell}" if DANGEROUS.match(cell) else cell


def unescaped(cell: str) -> str:
    """What was escaped, as it was."""
    return cell[1:] if ESCAPED.match(cell) else cell
