"""Which addresses take mail. All others are refused before a byte of a message is sent: no relay, no store of junk."""

from collections.abc import Callable, Collection

from stoppress.delivery.message.verp_addresses import ForgedAddress, Mailbox, numbers_in

Admit = Callable[[str], bool]
"""Whether an address takes mail."""


def door(list_domain: str, mailboxes: Collection[str] = ()) -> Admit:
    """The addresses at `list_domain` that carry a signature of ours, and mailboxes for feedback reports by name."""
    named = {mailbox.lower() for mailbox in mailboxes}
    here = list_domain.lower()

    def admit(address: str) -> bool:
        local, _, domain = address.rpartition("@")
        if not local:  # RFC 5321 4.5.1: "Postmaster" may stand alone
            return domain.lower() in named & {"postmaster"}
        return domain.lower() == here and (local.lower() in named or is_signed(address))

    return admit


def is_signed(address: str) -> bool:
    """Whether it was made here, for bounces or for leaving."""
    return any(_made_here(mailbox, address) for mailbox in Mailbox)


def _made_here(mailbox: Mailbox, address: str) -> bool:
    try:
        numbers_in(mailbox, address)
    except ForgedAddress:
        return False
    return True
