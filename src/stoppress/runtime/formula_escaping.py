"""Escape CSV cells that a spreadsheet would run as a formula: an apostrophe is put before them."""

import re

FORMULA_PATTERN = re.compile(r"'*[=+\-@\t\r]")
ESCAPED_FORMULA_PATTERN = re.compile(r"''*[=+\-@\t\r]")


def escape_formula(cell: str) -> str:
    """Return `cell` in a form that no spreadsheet runs as a formula."""
    return f"'{cell}" if FORMULA_PATTERN.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return the original of an escaped cell; any other cell as it is."""
    return cell[1:] if ESCAPED_FORMULA_PATTERN.match(cell) else cell
