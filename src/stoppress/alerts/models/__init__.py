"""Topics, who signed up for them, alerts, the ledger of their deliveries, and what came back.

What happened is kept as facts with times; what somebody *is* follows from them. A delivery's state is changed by
`alerts.ledger` alone.

topics.py        what a reader signs up for
subscribers.py   addresses, their wishes, what they agreed to, what must not be written to
alerts.py        one message to many, and what editors did with it
ledger.py        one row per delivery
mailers.py       the processes that work the ledger off
returns.py       bounces and complaints, and how the ways in stand
brakes.py        how often something was done of late
"""

from stoppress.alerts.models.alerts import Alert, Decision, SendCounter
from stoppress.alerts.models.brakes import BrakeCount
from stoppress.alerts.models.ledger import Delivery
from stoppress.alerts.models.mailers import Fence, MailerRun
from stoppress.alerts.models.returns import Bounce, Receiver
from stoppress.alerts.models.subscribers import Consent, Mute, Subscriber, Subscription, Suppression, new_secret
from stoppress.alerts.models.topics import Topic

__all__ = [
    "Alert",
    "Bounce",
    "BrakeCount",
    "Consent",
    "Decision",
    "Delivery",
    "Fence",
    "MailerRun",
    "Mute",
    "Receiver",
    "SendCounter",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Topic",
    "new_secret",
]
