"""URLs of mailboxes on the fake IMAP server."""

from urllib.parse import quote

from stoppress.inbound.receive.mailbox_url import MailboxUrl
from tests.fakes.imap_server import PASSWORD, USER


def mailbox_url(server, then="seen", verify="no", password=PASSWORD):
    credentials = f"{USER}:{quote(password, safe='')}"
    return MailboxUrl.parse(f"imaps://{credentials}@localhost:{server.port}/INBOX?then={then}&verify={verify}")
