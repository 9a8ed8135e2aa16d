"""An editor of `python -m bench chaos`: pins posts and marks key events in a process without a web server."""

import subprocess
import sys
import threading

from bench.servers.installation import SLUG, Installation

SCRIPT = f"""
import sys
from stoppress.service.django_setup import set_up
set_up()
from django.utils import timezone
from stoppress.coverage.actions import mark_key_event, pin
for line in sys.stdin:
    deed, post, on = line.split()
    try:
        {{"pin": pin, "mark": mark_key_event}}[deed]("{SLUG}", post, on=on == "on", by="ed", now=timezone.now())
        print("done", flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
"""


class Editor:
    """An editor process on one machine, until `stop`."""

    def __init__(self, installation: Installation) -> None:
        command, pipe = [sys.executable, "-c", SCRIPT], subprocess.PIPE
        self._process = subprocess.Popen(
            command, env=installation.environment, cwd=installation.home, stdin=pipe, stdout=pipe, text=True, bufsize=1
        )
        self._lock = threading.Lock()

    def do(self, deed: str, post: str, on: bool) -> None:
        """Pin or mark a post; raise LookupError if another writer has withdrawn it."""
        assert self._process.stdin and self._process.stdout
        with self._lock:
            self._process.stdin.write(f"{deed} {post} {'on' if on else 'off'}\n")
            said = self._process.stdout.readline().strip()
        if said == "PostWithdrawnError":
            raise LookupError(post)
        if said != "done":
            raise RuntimeError(f"the editor's process says {said!r}")

    def stop(self) -> None:
        """Stop the process."""
        self._process.kill()
        self._process.communicate()
