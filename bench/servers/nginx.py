"""The system's nginx, run with a configuration and folder of the measurement."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.pages.page_installation import run_process

FRAME = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 4096; }}
http {{
  access_log off; default_type text/html; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  open_file_cache max=16 inactive=60s; gzip off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {http}
}}
"""


def program() -> str | None:
    """Return the path of nginx; None if it is not installed."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def nginx(folder: Path, http: str, address: str, core: int | None = None) -> Iterator[int]:
    """Yield the process id of an nginx with `http` in its http block, once it answers at `address`."""
    folder.mkdir(parents=True, exist_ok=True)
    user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, http=http, user=user), encoding="utf-8")
    with run_process([program() or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], address, core) as pid:
        yield pid


def one_file(port: int, path: Path, encoding: str) -> str:
    """Return a server block that answers every request with one file."""
    return f"""server {{ listen 127.0.0.1:{port} backlog=4096;
      location / {{ root {path.parent}; rewrite ^ /{path.name} break;
        add_header Content-Encoding {encoding}; add_header Cache-Control "max-age=0, s-maxage=1";
        add_header Vary Accept-Encoding; }} }}"""
