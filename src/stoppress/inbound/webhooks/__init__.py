"""What mail services report over HTTP about the mail that they relay for us.

services.py   the services, their django-anymail views and the settings that switch them on
events.py     one normalised event to a report about one of our deliveries
mailgun.py    a Mailgun signature's age and token: it counts once
sns.py        signatures of Amazon's notification service, which anymail does not verify
ses.py        Amazon SES's bounces and complaints
evidence.py   which delivery it is about: our own signed addresses, or our Message-ID with the right recipient
"""


class InvalidSignatureError(Exception):
    """The notification is not signed as the service signs; nothing is done."""


class UnreadableNotificationError(Exception):
    """The notification is from the service, but does not have the service's format."""
