"""Run commands that must be refused with one line and exit code 2."""

import os
import subprocess
import sys

from tests.support.web_server import free_port


def run_command(home, *arguments, **environ):
    """Run a command to its end, with a home folder and further variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STOPPRESS_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "stoppress", *arguments],
        env=kept | {"STOPPRESS_HOME": str(home), "STOPPRESS_CONFIG": os.devnull} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def serve(home, *options, **environ):
    """Run `stoppress serve` with a start that is refused."""
    return run_command(home, "serve", "--port", str(free_port()), *options, **environ)


def assert_refused(done, line, command="serve"):
    """Assert that the command ended with this line alone and exit code 2."""
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"stoppress {command}: {line}\n")
