"""Serve: the web process or several workers, with the other roles as child processes."""

import sys
from typing import Any

from stoppress.service.errors import Refused
from stoppress.service.processes.roles import BESIDE, children_of


def serve(host: str, port: int, *, roles: set[str], access_log: bool = True, workers: int = 1) -> int:
    """Run the web process, or several of them, and the other roles beside."""
    from stoppress.service.processes.server import run as run_server
    from stoppress.service.processes.server import web_server

    _say_where_mail_goes()
    children = children_of(roles)
    if workers > 1:
        return _supervise(host, port, workers, children)
    return run_server(web_server(host, port, children, access_log=access_log))


def run_roles(roles: set[str]) -> int:
    """Be one of the roles that need no web process, or keep several of them running."""
    if len(roles) == 1:
        return BESIDE[roles.pop()].run()
    from stoppress.service.processes.supervisor import keep

    return keep(children_of(roles))


def _supervise(host: str, port: int, workers: int, children: list[Any]) -> int:
    from stoppress.service.processes.supervisor import supervise

    try:
        return supervise(host, port, workers, children)
    except OSError as error:
        raise Refused(f"--port: cannot listen on {host}:{port} ({error.strerror})") from error


def run_worker(host: str, port: int) -> int:
    """Be one of several processes on a port; stop when the supervisor says so or is gone."""
    from stoppress.service.processes.server import run as run_server
    from stoppress.service.processes.server import web_server
    from stoppress.service.processes.supervisor import bound_socket

    server = web_server(host, port, [])
    server.heed_parent = True
    return run_server(server, [bound_socket(host, port, shared=True)])


def _say_where_mail_goes() -> None:
    from django.conf import settings

    if not settings.RELAYS:
        print(
            "STOPPRESS_SMTP_URL is not set: mail is kept, not sent; administrators read it at /desk/inbox.",
            file=sys.stderr,
        )
