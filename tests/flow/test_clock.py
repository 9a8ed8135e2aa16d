"""The scheduler as a process: a canary until its acceptance, a killed scheduler, a standby, and the stop."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.smtp_server import SMTPServer
from tests.support.installation import Installation
from tests.support.web_server import wait_until


@pytest.fixture
def relay() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, relay: SMTPServer) -> Iterator[Installation]:
    made = Installation(tmp_path / "home", f"smtp://127.0.0.1:{relay.port}")
    made.environment["STOPPRESS_CANARY_ADDRESS"] = "canary@halden.example"
    yield made
    if made._process is not None and made._process.poll() is None:
        made.kill()


def asked(installation: Installation, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{installation.url}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metric(installation: Installation, name: str) -> float | None:
    found = re.search(rf"^{re.escape(name)} (\S+)$", asked(installation, "/metrics")[1], re.MULTILINE)
    return float(found[1]) if found else None


def test_canary_is_sent_once_and_killed_scheduler_is_restarted(installation, relay):
    installation.start()
    wait_until(lambda: len(relay.accepted) == 1, 30)
    [canary] = relay.accepted
    assert canary.recipient == "canary@halden.example" and b"Test message" in canary.data
    wait_until(lambda: metric(installation, "stoppress_canary_latency_seconds") is not None, 15)
    assert metric(installation, "stoppress_scheduler_running") == 1
    assert asked(installation, "/healthz") == (200, '{"status": "ok"}')
    assert asked(installation, "/healthz/mail")[0] == 200

    [first] = installation.pids_of_role("clock")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: metric(installation, "stoppress_scheduler_running") == 0, 15)
    wait_until(lambda: metric(installation, "stoppress_scheduler_running") == 1, 30)
    assert installation.pids_of_role("clock") != [first]
    assert installation.stop() == 0
    assert installation.pids_of_role("clock") == []
    assert len(relay.accepted) == 1


def test_standby_scheduler_takes_over_and_ends_with_its_parent(installation, tmp_path):
    installation.start()
    wait_until(lambda: metric(installation, "stoppress_scheduler_running") == 1, 30)
    command, said = [sys.executable, "-m", "stoppress", "serve", "--roles", "clock"], tmp_path / "second.txt"
    with (
        said.open("wb") as log,
        subprocess.Popen(
            command, env=installation.environment, cwd=tmp_path, stdin=subprocess.PIPE, stderr=log
        ) as second,
    ):
        assert second.stdin
        wait_until(lambda: "on standby" in said.read_text(), 15)
        installation.kill()
        wait_until(lambda: "takes over" in said.read_text(), 15)
        second.stdin.close()
        assert second.wait(20) == 0


def test_roles_run_without_a_web_process(installation, relay):
    installation.run("migrate")
    command = [sys.executable, "-m", "stoppress", "serve", "--roles", "mailer,clock"]
    with subprocess.Popen(command, env=installation.environment, cwd=installation.home) as keeping:
        wait_until(lambda: len(relay.accepted) == 1, 40)
        keeping.send_signal(signal.SIGINT)
        assert keeping.wait(30) == 0
    assert installation.mailers() == installation.pids_of_role("clock") == []


STORY = """
from datetime import UTC, datetime, timedelta
from stoppress.subscribers.models import Subscriber, Subscription, Topic
from stoppress.coverage.actions import open_blog, publish
from stoppress.coverage.post_content import Content

now = datetime.now(UTC)
before, zone = now - timedelta(hours=3), "{zone}"
blog = open_blog(slug="storm", headline="Storm Maren", standfirst="", zone="Europe/London", by="ines", now=before)
publish("storm", Content(headline="Sea wall gives way", body="<p>It is flooding.</p>"), by="ines", now=before)
topic = Topic.objects.create(slug="storm", name="Storm Maren", blog=blog)
facts = {{"requested_at": before, "confirmed_at": before}}
for name, where in (("early", zone), ("later", "{elsewhere}")):
    email = f"{{name}}@readers.example"
    reader = Subscriber.objects.create(email=email, domain="readers.example", key=email, zone=where, **facts)
    Subscription.objects.create(topic=topic, subscriber=reader, frequency="morning", **facts)
"""


def zone_where_it_is(hour: int) -> str:
    """Return a zone in which the current local hour is `hour`."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"  # these names count the other way round


def test_digest_is_sent_once_when_it_is_morning_in_its_zone(installation, relay):
    installation.run("migrate")
    installation.python(STORY.format(zone=zone_where_it_is(8), elsewhere=zone_where_it_is(14)))
    installation.start()
    wait_until(lambda: len(relay.accepted) >= 2, 40)
    installation.stop()
    installation.start()
    wait_until(lambda: metric(installation, "stoppress_scheduler_running") == 1, 30)
    wait_until(lambda: metric(installation, "stoppress_digests_compiled") == 1, 15)
    digests = [one for one in relay.accepted if b"Storm Maren this morning: Sea wall" in one.data]
    assert "early@readers.example" in [one.recipient for one in digests]
    assert len({one.recipient for one in digests}) == len(digests)
