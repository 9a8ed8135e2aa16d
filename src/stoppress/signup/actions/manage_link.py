"""Mail a link to the preferences page, on request. The answer is the same for every address."""

from datetime import datetime

from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.signup.actions.subscribe import check_client_limits, may_mail
from stoppress.subscribers.address_validation import parse_address
from stoppress.subscribers.erased_addresses import is_suppressed
from stoppress.subscribers.models import Subscriber
from stoppress.subscribers.topics import breaking_topic


def request_manage_link(email: str, *, client: str, now: datetime) -> None:
    """Queue a mail with a new link if the address has confirmed a subscription. The client must not learn whether.

    Raises:
        InvalidAddressError: the text is no address.
        SignUpLimitError: a rate limit of the client is reached.
    """
    address = parse_address(email)
    check_client_limits(client, now)
    suppressed = is_suppressed(address.key)
    is_allowed = may_mail(address.key, now, suppressed=suppressed)
    owner = Subscriber.objects.filter(key=address.key, confirmed_at__isnull=False, erased_at__isnull=True).first()
    if owner and is_allowed and not suppressed:
        queue_transactional_mail(TransactionalKind.MANAGE_LINK, owner, breaking_topic(), now=now)
