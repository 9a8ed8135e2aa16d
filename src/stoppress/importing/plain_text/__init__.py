"""Live pages as plain text: what a reader copies from a browser, or a text extractor leaves."""

from stoppress.importing.plain_text.page_parser import parse_page
from stoppress.importing.plain_text.text_encoding import decode_text

__all__ = ["decode_text", "parse_page"]
