"""Cells that a spreadsheet would run as a formula: written with an apostrophe before them, and read back without it."""

import re

FORMULA_PATTERN = re.compile(r"'*[=+\-@\t\r]")
ESCAPED_FORMULA_PATTERN = re.compile(r"''*[=+\-@\t\r]")


def escape_formula(cell: str) -> str:
    """`cell`, harmless in any spreadsheet."""
    return f"'{cell}" if FORMULA_PATTERN.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """What was escaped, as it was."""
    return cell[1:] if ESCAPED_FORMULA_PATTERN.match(cell) else cell
