"""Tokens and addresses appear in no log: the whole path with real processes, then a search of all their output."""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.smtp_server import SMTPServer
from tests.support.installation import Installation
from tests.support.web_server import wait_until

NAMES = ("amina.haddad", "bo.lind", "carmen.ruiz", "dead.end")


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, relay: SMTPServer) -> Iterator[Installation]:
    installation = Installation(tmp_path / "home", f"smtp://127.0.0.1:{relay.port}")
    yield installation
    if installation._process is not None and installation._process.poll() is None:
        installation.kill()


def call(url: str, **fields: str) -> int:
    """POST fields, or GET without any; return the status."""
    data = urllib.parse.urlencode(fields).encode() if fields else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=20) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def test_logs_contain_no_token_and_no_address(installation: Installation, relay: SMTPServer) -> None:
    relay.refuse_recipient("dead.end@readers.example", 550)
    listed = installation.home / "list.csv"
    listed.write_text("email\nbo.lind@readers.example\ncarmen.ruiz@readers\n")
    output = installation.run("subscribers", "import", str(listed), "--report", str(installation.home / "report.csv"))
    output += (installation.home / "report.csv").read_text()
    token = installation.run("token", "create", "--name", "site").strip()
    url = installation.start().url
    for name in ("amina.haddad", "dead.end"):
        assert call(f"{url}/alerts", email=f"{name}@readers.example") == 200
    call(f"{url}/alerts?email=amina.haddad@readers.example")
    call(f"{url}/alerts?email=amina.haddad%40readers.example")
    wait_until(lambda: relay.accepted)
    mail = relay.accepted[0].data.decode().replace("=\r\n", "")
    confirm = re.findall(rf"{url}/alerts/confirm/[\w.-]+", mail)[0]
    assert call(confirm) == 200 and call(confirm, go="1") == 200
    script = """
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.models import Subscriber
from stoppress.subscribers.topics import breaking_topic
from stoppress.subscribers.signed_links import make_manage_token, make_unsubscribe_token, make_mute_token
reader = Subscriber.objects.get(key="amina.haddad@readers.example")
print(make_manage_token(reader.pk, reader.secret, utc_now()), make_unsubscribe_token(reader.pk, breaking_topic().pk))
print(make_mute_token(reader.pk, 1))
"""
    manage, unsubscribe, mute = installation.python(script).split()
    for path in (f"manage/{manage}", f"manage/{manage}/sent", f"manage/{manage}/data.json", f"manage/{manage}/nothing"):
        call(f"{url}/alerts/{path}")
    call(f"{url}/alerts/mute/{mute}", go="1")
    assert call(f"{url}/alerts/unsubscribe/{unsubscribe}", **{"List-Unsubscribe": "One-Click"}) == 200
    assert call(f"{url}/alerts/manage/{manage}/erase", go="1") == 200
    call(f"{url}/nothing/alerts/manage/{manage}")
    installation.stop()
    output += installation.log.read_text()
    assert '"POST /alerts/unsubscribe/… HTTP/1.1" 200' in output, "the log has the requests"
    for secret in (*NAMES, token, manage, unsubscribe, mute, confirm.rpartition("/")[2]):
        assert secret not in output
