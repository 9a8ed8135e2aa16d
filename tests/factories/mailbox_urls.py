"""Addresses of IMAP mailboxes on the fake server."""

from urllib.parse import quote

from stoppress.inbound.receive.mailbox_url import MailboxUrl
from tests.fakes.imap_server import PASSWORD, USER


def mailbox_url(server, then="seen", verify="no", password=PASSWORD):
    log_in = f"{USER}:{quote(password, safe='')}"
    return MailboxUrl.parse(f"imaps://{log_in}@localhost:{server.port}/INBOX?then={then}&verify={verify}")
