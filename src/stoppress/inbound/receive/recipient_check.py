"""Addresses that accept mail. All others are refused before the message, so nothing is relayed or stored."""

from collections.abc import Callable, Collection

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox, verify_address

RecipientCheck = Callable[[str], bool]
"""Return True if an address accepts mail."""


def make_recipient_check(list_domain: str, mailboxes: Collection[str] = ()) -> RecipientCheck:
    """Return a check that accepts our own signed addresses, and named mailboxes for feedback reports.

    Args:
        list_domain: the domain of all these addresses.
        mailboxes: local parts of the named mailboxes.
    """
    names = {mailbox.lower() for mailbox in mailboxes}
    domain = list_domain.lower()

    def accepts_recipient(address: str) -> bool:
        local_part, _, address_domain = address.rpartition("@")
        if not local_part:  # RFC 5321 4.5.1: "Postmaster" may have no domain
            return address_domain.lower() == "postmaster" and "postmaster" in names
        return address_domain.lower() == domain and (local_part.lower() in names or is_signed_address(address))

    return accepts_recipient


def is_signed_address(address: str) -> bool:
    """Return True if this installation signed the address, for bounces or for unsubscribing."""
    return any(_is_signed_for(mailbox, address) for mailbox in SignedMailbox)


def _is_signed_for(mailbox: SignedMailbox, address: str) -> bool:
    try:
        verify_address(mailbox, address)
    except ForgedAddressError:
        return False
    return True
