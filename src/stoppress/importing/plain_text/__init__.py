"""Parse live pages in plain text, as copied from a browser or written by a text extractor."""

from stoppress.importing.plain_text.page_parser import parse_page
from stoppress.importing.plain_text.text_encoding import decode_text

__all__ = ["decode_text", "parse_page"]
