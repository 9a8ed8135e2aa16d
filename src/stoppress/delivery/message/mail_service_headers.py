"""Header fields that make a mail service return our Message-ID with its events.

Some services give messages ids of their own and report only those. Each of them reads JSON
from a header field, removes the field, and returns the JSON in its events as metadata. A field is added while the
service's setting is set.
"""

from django.conf import settings

from stoppress.delivery.message import headers

METADATA_HEADERS = (
    ("BREVO_SECRET", "X-Mailin-custom", '{{"message-id": "{}"}}'),
    ("MAILJET_SECRET", "X-MJ-EventPayload", '{{"message-id": "{}"}}'),
    ("MAILTRAP_SECRET", "X-MT-Custom-Variables", '{{"message-id": "{}"}}'),
    ("MANDRILL_KEY", "X-MC-Metadata", '{{"message-id": "{}"}}'),
    ("RESEND_SECRET", "X-Metadata", '{{"message-id": "{}"}}'),
    ("SPARKPOST_SECRET", "X-MSYS-API", '{{"metadata": {{"message-id": "{}"}}}}'),
)
"""Setting that switches the field on, the field, and its JSON."""


def metadata_headers(message_id: str) -> list[bytes]:
    """Return the header lines that carry `message_id` (or the mark of its placeholder) for the services in use."""
    return [
        headers.ascii_header(name, template.format(message_id))
        for setting, name, template in METADATA_HEADERS
        if getattr(settings, setting)
    ]
