"""What mail services tell over HTTP of the mail that they relay for us. Pure but for the fetching of certificates.

sns.py        is it from Amazon's notification service, and from a topic of ours?
ses.py        Amazon SES's bounces and complaints
mailgun.py    Mailgun's
postmark.py   Postmark's
evidence.py   whom it is about: our own signed addresses, or the Message-ID if the service itself vouches for it
"""


class Forged(Exception):
    """It does not come from whom it says; nothing is done."""


class Unreadable(Exception):
    """It comes from the service, but is not what the service sends."""
