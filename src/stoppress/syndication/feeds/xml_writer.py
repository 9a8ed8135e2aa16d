"""Write XML from a tree, so that no text can become markup, and without characters that XML 1.0 forbids."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

INVALID_CHARACTERS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 §2.2 forbids even when escaped: control characters, surrogates, U+FFFE and U+FFFF."""

TOMBSTONE_NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
DUBLIN_CORE_NAMESPACE = "http://purl.org/dc/elements/1.1/"


def create_root(name: str, attributes: Mapping[str, str]) -> Element:
    """Return the root element. Its attributes declare the namespaces (`xmlns:…`) whose prefixes other elements use."""
    return Element(name, _strip_values(attributes))


def add_child(parent: Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> Element:
    """Append a child to `parent` and return it."""
    child = SubElement(parent, name, _strip_values(attributes or {}))
    child.text = strip_invalid_characters(text) or None
    return child


def serialise(element: Element) -> bytes:
    """Return the document of a root element in UTF-8, with its XML declaration."""
    text = tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def strip_invalid_characters(text: str) -> str:
    """Return `text` without the characters that XML forbids."""
    return INVALID_CHARACTERS.sub("", text)


def _strip_values(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: strip_invalid_characters(value) for name, value in attributes.items()}
