"""Addresses to listen on, the mailbox URL, and the recipients that are accepted."""

import pytest

from stoppress.inbound.receive.listen_addresses import ListenAddress, parse_listen_addresses
from stoppress.inbound.receive.mailbox_url import MailboxUrl
from stoppress.inbound.receive.recipient_check import make_recipient_check


def test_recipient_check_accepts_only_named_mailboxes_of_list_domain():
    accepts = make_recipient_check("Lists.Example", ["abuse", "postmaster"])
    assert accepts("abuse@lists.example") and accepts("Abuse@LISTS.example") and accepts("Postmaster")
    assert not accepts("abuse@elsewhere.example") and not accepts("abuse") and not accepts("") and not accepts("@")
    assert not accepts("bounce+1a.0123456789abcdef@lists.example") and not accepts("reader@lists.example")


def test_parse_listen_addresses_accepts_smtp_and_lmtp():
    assert parse_listen_addresses("") == []
    assert parse_listen_addresses("smtp://0.0.0.0:2525, lmtp:///run/a.sock?mode=666") == [
        ListenAddress(False, "0.0.0.0", 2525),
        ListenAddress(True, path="/run/a.sock", mode=0o666),
    ]
    assert [str(address) for address in parse_listen_addresses("smtp://[::]:25?cert=/c&key=/k,lmtp:///a")] == [
        "smtp://[::]:25",
        "lmtp:///a",
    ]


@pytest.mark.parametrize(
    "url",
    ["smtp:///a", "http://a:1", "smtp://a", "smtp://a:0", "lmtp://", "smtp://a:1?x=1", "smtp://a:x",
     "lmtp:///a?mode=9", "smtp://a:1/b", "smtp://u@a:1"],
)  # fmt: skip
def test_parse_listen_addresses_raises_when_address_is_invalid(url):
    with pytest.raises(ValueError):
        parse_listen_addresses(url)


def test_mailbox_url_is_parsed_and_hides_password():
    mailbox = MailboxUrl.parse("imaps://desk%40lists.example:p%2Fw@mail.example/Bounces/In?then=move:Done&verify=no")
    assert (mailbox.user, mailbox.password, mailbox.port) == ("desk@lists.example", "p/w", 993)
    assert (mailbox.folder, mailbox.then, mailbox.verifies_certificate) == ("Bounces/In", "move:Done", False)
    assert "p/w" not in f"{mailbox!r}{mailbox}" and "desk" not in f"{mailbox!r}{mailbox}"
    assert MailboxUrl.parse("imap://u:p@127.0.0.1").folder == "INBOX"


@pytest.mark.parametrize(
    "url",
    ["imap://u:p@mail.example", "imaps://mail.example", "imaps://u:p@", "pop://u:p@h", "imaps://u:p@h:x",
     "imaps://u:p@h?then=burn", "imaps://u:p@h?then=move:", "imaps://u:p@h?x=1", "imaps://u%0a:p@h",
     "imaps://u:p@h?verify=maybe"],
)  # fmt: skip
def test_mailbox_url_raises_when_invalid(url):
    with pytest.raises(ValueError):
        MailboxUrl.parse(url)
