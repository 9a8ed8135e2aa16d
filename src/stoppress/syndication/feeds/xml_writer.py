"""XML built as a tree, so that no text can become markup, and holding only what XML 1.0 can hold."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

INVALID_CHARACTERS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 does not allow, not even escaped: control characters, surrogates, U+FFFE and U+FFFF."""

TOMBSTONE_NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
DUBLIN_CORE_NAMESPACE = "http://purl.org/dc/elements/1.1/"


def create_root(name: str, attributes: Mapping[str, str]) -> Element:
    """The outermost element; it declares the namespaces (`xmlns:…`) whose prefixes the others use."""
    return Element(name, _allowed(attributes))


def add_child(parent: Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> Element:
    """A new last child of `parent`."""
    child = SubElement(parent, name, _allowed(attributes or {}))
    child.text = strip_invalid_characters(text) or None
    return child


def serialise(whole: Element) -> bytes:
    """The document in UTF-8, with its declaration."""
    text = tostring(whole, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def strip_invalid_characters(text: str) -> str:
    """`text` without what cannot stand in XML."""
    return INVALID_CHARACTERS.sub("", text)


def _allowed(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: strip_invalid_characters(value) for name, value in attributes.items()}
