"""Parse what a reader typed into an email address, or explain what is wrong with it. Pure: makes no DNS query."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from stoppress.coverage.localisation.languages import SOURCE_LANGUAGE
from stoppress.subscribers.errors import InvalidAddressError

EXAMPLE_ADDRESS = "name@example.com"
PLAIN_ADDRESS_PATTERN = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([a-z0-9.-]{4,189})")
"""Matches nearly all addresses. Such an address needs no normalisation, if its domain is valid."""
MAX_LOCAL_PART_OCTETS = 64
MAX_ADDRESS_CHARACTERS = 254


@dataclass(frozen=True)
class EmailAddress:
    """A syntactically valid address; `key` is the same for all spellings of it.

    The local part may be of any script (RFC 6531), in Unicode's composed form (NFC). In the key, the local part is
    case-folded and the domain has its ASCII form.
    """

    email: str
    key: str

    @property
    def domain(self) -> str:
        """The part after the @, in lower case."""
        return self.email.rpartition("@")[2].lower()


def parse_address(typed: str) -> EmailAddress:
    """Return the address in `typed`, without surrounding punctuation.

    Raises:
        InvalidAddressError: with a sentence for the reader about what is wrong.
    """
    text = typed.strip().strip("<>").removeprefix("mailto:").strip(" .,;")
    plain = PLAIN_ADDRESS_PATTERN.fullmatch(text)
    if plain and len(plain[1]) <= MAX_LOCAL_PART_OCTETS and _is_plain_domain(plain[2]):
        return EmailAddress(text, text)
    return _parse_with_library(text)


def _parse_with_library(text: str) -> EmailAddress:
    if problem := _describe_common_mistake(text):
        raise InvalidAddressError(problem)
    try:
        parsed = validate_email(text, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise InvalidAddressError(_describe_error(error)) from error
    if len(parsed.local_part.encode()) > MAX_LOCAL_PART_OCTETS:  # RFC 5321 4.5.3.1.1 counts octets
        raise InvalidAddressError(_("The part before the @ is too long."))
    return EmailAddress(parsed.normalized, f"{fold_case(parsed.local_part)}@{parsed.ascii_domain.lower()}")


def _describe_error(error: EmailNotValidError) -> str:
    """Return a sentence in the active language; in English, with the details of the library, which has no others."""
    text = _("That does not look like an email address, such as {example}.").format(example=EXAMPLE_ADDRESS)
    return f"{text} {error}" if (get_language() or SOURCE_LANGUAGE).startswith(SOURCE_LANGUAGE) else text


def fold_case(text: str) -> str:
    """Return `text` in lower case by Unicode's simple case folding, character by character.

    Full case folding would merge `straße` and `strasse`, which may belong to two people.
    """
    letters = [folded if len(folded := letter.casefold()) == 1 else _lower(letter) for letter in text]
    return unicodedata.normalize("NFC", "".join(letters))


def _lower(letter: str) -> str:
    return lowered if len(lowered := letter.lower()) == 1 else letter


@lru_cache(maxsize=10_000)
def _is_plain_domain(domain: str) -> bool:
    """Return True if `domain` is valid and normalised. Cached: a list of a million addresses has few domains."""
    try:
        return _parse_with_library(f"name@{domain}") == EmailAddress(f"name@{domain}", f"name@{domain}")
    except InvalidAddressError:
        return False


def _describe_common_mistake(text: str) -> str:
    """Return a sentence of our own about the most common mistakes, or an empty string for all others."""
    local, at, domain = text.rpartition("@")
    if not text:
        return _("Please enter your email address.")
    if len(text) > MAX_ADDRESS_CHARACTERS:
        return _("That is too long for an email address.")
    if not at:
        return _("An @ is missing: an email address looks like {example}.").format(example=EXAMPLE_ADDRESS)
    if "@" in local:
        return _("The address has more than one @. Please enter one address.")
    if re.search(r"\s", text):
        return _("The address has a space in it. Please enter one address, without spaces.")
    if not local or not domain:
        before = _("Something is missing before the @: an address looks like {example}.")
        after = _("Something is missing after the @: an address looks like {example}.")
        return (after if local else before).format(example=EXAMPLE_ADDRESS)
    if "\ufffd" in text:
        return _("Some characters of the address are damaged. Please enter it again.")
    if ".." in text:
        return _("The address has two dots in a row.")
    if "." not in domain:
        return _("The part after the @ is not complete: did you mean {domain}?").format(domain=f"{domain}.com")
    return ""
