"""The command line used and misused: one clear line, and nothing started."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.support.web_server import free_port


def stoppress(home, *arguments, **more):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("STOPPRESS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "stoppress", *arguments],
        env=environ | {"STOPPRESS_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
        **more,
    )


def heed_ctrl_c():
    """As in a terminal: what a shell runs in the background ignores it, and hands that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("verb", ["serve", "demo"])
@pytest.mark.parametrize("port", ["0", "70000", "-1", "http"])
def test_port_option_refuses_invalid_numbers(tmp_path, verb, port):
    process = stoppress(tmp_path, verb, f"--port={port}")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "must be a number from 1 to 65535" in said


def test_serve_starts_nothing_when_the_port_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = stoppress(tmp_path / "home", "serve", "--port", str(other.getsockname()[1]))
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "cannot listen on 127.0.0.1" in said and "Traceback" not in said
    assert not (tmp_path / "home" / "stoppress.sqlite3").exists()


def test_ctrl_c_during_start_ends_with_one_line(tmp_path):
    process = stoppress(tmp_path, "demo", "--folder", str(tmp_path / "demo"), "--port", str(free_port()))
    while not (tmp_path / "demo" / "secret.key").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)  # the second if C code was just being loaded: shells see 130
    assert said.strip() == "stoppress demo: stopped."


def test_command_refuses_an_unusable_home_in_one_line(tmp_path):
    (tmp_path / "home").write_text("a file")
    process = stoppress(tmp_path / "home", "serve", "--port", str(free_port()))
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said.startswith("stoppress serve: home must be a folder that can be written, got ")
    assert len(said.splitlines()) == 1


def test_command_refuses_an_unreachable_database_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ines:s3cret@127.0.0.1:1/news")
    process = stoppress(tmp_path / "home", "migrate")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "the database cannot be opened" in said and "s3cret" not in said and len(said.splitlines()) == 1
