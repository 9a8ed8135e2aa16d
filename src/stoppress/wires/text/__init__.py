"""Live pages as plain text: what a reader copies from a browser, or a text extractor leaves."""

from stoppress.wires.text.decode import decode
from stoppress.wires.text.page import read_page

__all__ = ["decode", "read_page"]
