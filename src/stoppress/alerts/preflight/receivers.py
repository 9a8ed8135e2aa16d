"""What Gmail, Yahoo and Microsoft do with mail that has a fault, by their published rules for bulk senders."""

from enum import Enum, auto

from django.utils.translation import gettext_lazy


class Receivers(Enum):
    """The treatment of one kind of mail by the three largest receivers."""

    ACCEPT = auto()
    UNKNOWN = auto()
    UNAUTHENTICATED = auto()
    OPEN_SPF = auto()
    NO_POLICY = auto()
    NOT_ALIGNED = auto()
    ONE_ALIGNED = auto()
    NO_REVERSE_NAME = auto()
    NO_TLS = auto()
    NO_ONE_CLICK = auto()
    CLIPPED = auto()

    @property
    def text(self) -> str:
        """Return the sentence in the active language."""
        return str(RECEIVER_TEXTS[self])


RECEIVER_TEXTS = {
    Receivers.ACCEPT: gettext_lazy("Gmail, Yahoo and Microsoft accept such mail."),
    Receivers.UNKNOWN: gettext_lazy("What Gmail, Yahoo and Microsoft do depends on the answer that is missing here."),
    Receivers.UNAUTHENTICATED: gettext_lazy(
        "Gmail refuses bulk mail without SPF and DKIM (550 5.7.26), Yahoo defers or refuses it (554 5.7.9), "
        "Microsoft refuses it (550 5.7.515)."
    ),
    Receivers.OPEN_SPF: gettext_lazy(
        "Gmail, Yahoo and Microsoft accept such mail, but also forged mail; it costs reputation."
    ),
    Receivers.NO_POLICY: gettext_lazy(
        "Gmail defers or refuses bulk mail without a DMARC policy (550 5.7.26), Yahoo refuses it (554 5.7.9), "
        "Microsoft refuses it (550 5.7.515)."
    ),
    Receivers.NOT_ALIGNED: gettext_lazy(
        "Gmail refuses bulk mail that is not aligned (550 5.7.26), Yahoo refuses it or puts it into spam (554 5.7.9), "
        "Microsoft refuses it (550 5.7.515)."
    ),
    Receivers.ONE_ALIGNED: gettext_lazy(
        "Gmail, Yahoo and Microsoft accept such mail as long as the signature survives; a forwarder may break it."
    ),
    Receivers.NO_REVERSE_NAME: gettext_lazy(
        "Gmail refuses mail from such an address (550 5.7.25), Yahoo defers or refuses it, Microsoft blocks or "
        "throttles it."
    ),
    Receivers.NO_TLS: gettext_lazy(
        "Gmail requires TLS of bulk senders (421 4.7.29) and marks mail that came without it; Yahoo and Microsoft "
        "accept it."
    ),
    Receivers.NO_ONE_CLICK: gettext_lazy(
        "Gmail and Yahoo require one click in signed headers, and put bulk mail without it into spam; Microsoft "
        "recommends it."
    ),
    Receivers.CLIPPED: gettext_lazy(
        "Gmail hides the end, and the unsubscribe link with it, behind a link; Yahoo and Microsoft show all of it."
    ),
}
