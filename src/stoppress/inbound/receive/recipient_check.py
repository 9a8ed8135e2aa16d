"""Which addresses take mail. All others are refused before a byte of a message is sent: no relay, no store of junk."""

from collections.abc import Callable, Collection

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox, verify_address

RecipientCheck = Callable[[str], bool]
"""Whether an address takes mail."""


def make_recipient_check(list_domain: str, mailboxes: Collection[str] = ()) -> RecipientCheck:
    """The addresses at `list_domain` that carry a signature of ours, and mailboxes for feedback reports by name."""
    named = {mailbox.lower() for mailbox in mailboxes}
    here = list_domain.lower()

    def admit(address: str) -> bool:
        local, _, domain = address.rpartition("@")
        if not local:  # RFC 5321 4.5.1: "Postmaster" may stand alone
            return domain.lower() in named & {"postmaster"}
        return domain.lower() == here and (local.lower() in named or is_signed_address(address))

    return admit


def is_signed_address(address: str) -> bool:
    """Whether it was made here, for bounces or for leaving."""
    return any(_is_signed_for(mailbox, address) for mailbox in SignedMailbox)


def _is_signed_for(mailbox: SignedMailbox, address: str) -> bool:
    try:
        verify_address(mailbox, address)
    except ForgedAddressError:
        return False
    return True
