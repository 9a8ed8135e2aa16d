"""The peer of the fan-out: nginx with nchan, one worker, the same readers and frame."""

import http.client
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import children
from bench.servers.installation import free_port

MODULES = (Path("/usr/lib/nginx/modules"), Path("/usr/share/nginx/modules"), Path("/usr/lib64/nginx/modules"))
CONFIG = """
load_module {module};
worker_processes 1; worker_rlimit_nofile 20000; pid {folder}/pid; error_log {folder}/error.log; daemon off; {user}
events {{ worker_connections 19000; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; nchan_shared_memory_size 128M;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /pub {{ nchan_publisher; nchan_channel_id live; nchan_message_buffer_length 20; }}
    location = /sub {{ nchan_subscriber eventsource; nchan_channel_id live; nchan_subscriber_first_message newest; }}
  }}
}}
"""


class Nchan:
    """A running nginx with nchan."""

    path = "/sub"

    def __init__(self, port: int, master: int) -> None:
        self.port, self._master = port, master

    @property
    def pids(self) -> list[int]:
        """Return the process ids of master and worker."""
        return [self._master, *children(self._master)]

    def publish(self, data: str) -> float:
        """Publish one event; return the time of the request (monotonic)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.connect()
        begun = time.monotonic()
        connection.request("POST", "/pub", data.encode(), {"X-EventSource-Event": "change"})
        connection.getresponse().read()
        connection.close()
        return begun


@contextmanager
def nchan() -> Iterator[Nchan | None]:
    """Yield nginx with nchan; None if it is not installed."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    module = next((path for folder in MODULES if (path := folder / "ngx_nchan_module.so").exists()), None)
    if program is None or module is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="stoppress-nchan-") as folder:
        port = free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        Path(folder, "nginx.conf").write_text(CONFIG.format(module=module, folder=folder, port=port, user=user))
        process = subprocess.Popen([program, "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            _await(port)
            yield Nchan(port, process.pid)
        finally:
            process.terminate()
            process.wait(20)


def _await(port: int) -> None:
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("nginx with nchan did not start")
