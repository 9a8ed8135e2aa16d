"""A disk that is full: an alarm before, 503 and few log lines meanwhile, and all is well when there is room again."""

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from tests.support.installation import Installation
from tests.support.waiting import wait_until

DISK_BYTES = 24 * 1024 * 1024
PREPARE = """
from datetime import UTC, datetime
from stoppress.coverage.actions import open_blog
from stoppress.desk.access.api_tokens import create_token
open_blog(slug="storm", headline="Storm Maren", standfirst="", zone="UTC", by="ines", now=datetime.now(UTC))
print(create_token("robot"))
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Prepare an installation whose home folder is a small disk; its log is on the same disk."""
    home = tmp_path / "home"
    home.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", home], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    created = Installation(home)
    try:
        yield created
    finally:
        created.stop()
        subprocess.run(["umount", "-l", home], check=True)


def call(installation: Installation, path: str, token: str = "", body: object = None) -> tuple[int, Message, dict]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(installation.url + path, data, headers), timeout=60
        ) as found:
            return found.status, found.headers, json.loads(found.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def alarms(installation: Installation) -> list[str]:
    return call(installation, "/healthz")[2].get("alarms", [])


def fill(path: Path, leave: int) -> None:
    """Write zeros until only `leave` bytes are free, or none."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            file.truncate(max(file.tell() - leave, 0))


def test_server_survives_a_full_disk(installation: Installation) -> None:
    token = installation.python("import sys; from stoppress.service.django_setup import migrate; migrate()\n" + PREPARE)
    installation.start()
    posts = "/api/v1/live/storm/posts"
    assert call(installation, posts, token, {"text": "Before."})[0] == 201
    assert "disk" not in alarms(installation)
    ballast = installation.home / "ballast"
    fill(ballast, leave=2_000_000)
    wait_until(lambda: "disk" in alarms(installation))  # a tenth is not left, and everything still works
    assert call(installation, posts, token, {"text": "Nearly."})[0] == 201

    fill(ballast, leave=0)
    log_before = installation.log.read_text()
    found = [call(installation, posts, token, {"text": "Word. " * 5000}) for _ in range(20)]
    refused = [(status, headers, problem) for status, headers, problem in found if status != 201]
    assert refused and {status for status, _, _ in refused} == {503}
    assert all(headers["Retry-After"] == "5" for _, headers, _ in refused)
    assert all(problem["type"].endswith("#unavailable") for _, _, problem in refused)
    assert call(installation, posts, token)[0] == 200, "reading needs no room"
    assert call(installation, "/healthz")[0] == 200 and "disk" in alarms(installation)
    added = installation.log.read_text().removeprefix(log_before)
    faults = [line for line in added.splitlines() if "ERROR" in line or "CRITICAL" in line]
    assert "Traceback" not in added and len(faults) <= 1, added

    ballast.unlink()
    wait_until(lambda: call(installation, posts, token, {"text": "After."})[0] == 201)
    texts = [re.sub("<[^>]+>", "", post["html"]) for post in call(installation, posts, token)[2]["posts"]]
    assert {"Before.", "Nearly.", "After."} <= set(texts)
    wait_until(lambda: "disk" not in alarms(installation))
