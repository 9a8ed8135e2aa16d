"""Webhooks: what mail services report over HTTP about the mail that they relay for us.

mail_services.py     the services, their django-anymail views, and the settings that enable them
events.py            one normalised event to a report about one of our deliveries
delivery_lookup.py   the delivery of an event: by our own signed addresses, or our Message-ID with the right recipient
mailgun.py           age and token of a Mailgun signature: it counts once
sns.py               signatures of Amazon's notification service, which anymail does not verify
ses.py               Amazon SES bounces and complaints
views.py             the HTTP views
"""


class InvalidSignatureError(Exception):
    """The notification does not have a valid signature of the service; it is ignored."""


class UnreadableNotificationError(Exception):
    """The notification is from the service, but does not have the service's format."""
