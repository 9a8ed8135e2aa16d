"""From what somebody typed to an address, or to a sentence that helps. Pure: no DNS is asked."""

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
"""What nearly all addresses look like; there is nothing to tidy about them but their domain."""
MAX_LOCAL_PART_OCTETS = 64


@dataclass(frozen=True)
class EmailAddress:
    """An address that mail can be sent to; `key` is the same for all ways to write it.

    The local part may be of any script (RFC 6531), in Unicode's composed form (NFC). A key has it in small letters, and
    the domain as DNS has it.
    """

    email: str
    key: str

    @property
    def domain(self) -> str:
        """What stands after the @, in small letters."""
        return self.email.rpartition("@")[2].lower()


def parse_address(typed: str) -> EmailAddress:
    """The address in `typed`; raises BadAddress with a kind word about what is wrong."""
    text = typed.strip().strip("<>").removeprefix("mailto:").strip(" .,;")
    plain = PLAIN_ADDRESS_PATTERN.fullmatch(text)
    if plain and len(plain[1]) <= MAX_LOCAL_PART_OCTETS and _plain_domain(plain[2]):
        return EmailAddress(text, text)
    return _parse_with_library(text)


def _parse_with_library(text: str) -> EmailAddress:
    if complaint := _complaint(text):
        raise InvalidAddressError(complaint)
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise InvalidAddressError(_no_address(error)) from error
    if len(found.local_part.encode()) > MAX_LOCAL_PART_OCTETS:  # RFC 5321 4.5.3.1.1 counts octets
        raise InvalidAddressError(_("The part before the @ is too long."))
    return EmailAddress(found.normalized, f"{fold_case(found.local_part)}@{found.ascii_domain.lower()}")


def _no_address(error: EmailNotValidError) -> str:
    """Return what is wrong; the library's own details are in English only."""
    text = _("That does not look like an email address, such as {example}.").format(example=EXAMPLE_ADDRESS)
    return f"{text} {error}" if (get_language() or SOURCE_LANGUAGE).startswith(SOURCE_LANGUAGE) else text


def fold_case(text: str) -> str:
    """`text` in small letters, letter by letter: Unicode's simple case folding.

    The full one would make one address of `straße` and `strasse`, which may be two people's.
    """
    small = "".join(one if len(one := letter.casefold()) == 1 else _small(letter) for letter in text)
    return unicodedata.normalize("NFC", small)


def _small(letter: str) -> str:
    return one if len(one := letter.lower()) == 1 else letter


@lru_cache(maxsize=10_000)
def _plain_domain(domain: str) -> bool:
    """Whether `domain` is good as it stands, for lists of a million addresses at a few thousand domains."""
    try:
        return _parse_with_library(f"name@{domain}") == EmailAddress(f"name@{domain}", f"name@{domain}")
    except InvalidAddressError:
        return False


def _complaint(text: str) -> str:
    """What is wrong with the commonest slips, in words of our own; empty for all others."""
    local, at, domain = text.rpartition("@")
    if not text:
        return _("Please enter your email address.")
    if len(text) > 254:
        return _("That is too long for an email address.")
    if not at:
        return _("An @ is missing: an email address looks like {example}.").format(example=EXAMPLE_ADDRESS)
    if "@" in local:
        return _("There is more than one @ in it. Please enter one address.")
    if re.search(r"\s", text):
        return _("There is a space in it. Please enter one address, without spaces.")
    if not local or not domain:
        before = _("Something is missing before the @: an address looks like {example}.")
        after = _("Something is missing after the @: an address looks like {example}.")
        return (after if local else before).format(example=EXAMPLE_ADDRESS)
    if "\ufffd" in text:
        return _("Some of its letters were lost on the way. Please enter it again.")
    if ".." in text:
        return _("There are two dots in a row in it.")
    if "." not in domain:
        return _("The part after the @ is not complete: did you mean {domain}?").format(domain=f"{domain}.com")
    return ""
