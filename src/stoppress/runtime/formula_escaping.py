"""Escape table cells that a spreadsheet would run as a formula, by an apostrophe before them."""

import re

FORMULA_PATTERN = re.compile(r"'*[=+\-@\t\r]")
ESCAPED_FORMULA_PATTERN = re.compile(r"''*[=+\-@\t\r]")


def escape_formula(cell: str) -> str:
    """Return `cell`, prefixed with an apostrophe if a spreadsheet would run it as a formula."""
    return f"'{cell}" if FORMULA_PATTERN.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Return `cell` without the apostrophe that `escape_formula` added."""
    return cell[1:] if ESCAPED_FORMULA_PATTERN.match(cell) else cell
