"""Serve: the web process or several workers, with the other roles as child processes."""

import sys
from typing import Any

from stoppress.service.errors import CommandError
from stoppress.service.monitoring.replaced_processes import ReplacedProcesses
from stoppress.service.notifications.transports import process_socket
from stoppress.service.processes.roles import CHILD_ROLES, children_of


def serve(host: str, port: int, *, roles: set[str], access_log: bool = True, workers: int = 1) -> int:
    """Run the web process or several workers, with the other roles as children; return the exit code."""
    from stoppress.service.processes.server import create_web_server, run_web_server

    _warn_without_relay()
    replaced = ReplacedProcesses(process_socket().folder, _supervised_roles(roles))
    children = children_of(roles, replaced.count)
    if workers > 1:
        return _supervise(host, port, workers, children, replaced)
    return run_web_server(create_web_server(host, port, children, access_log=access_log))


def run_roles(roles: set[str]) -> int:
    """Run one role in this process, or supervise several, without a web process."""
    if len(roles) == 1:
        return CHILD_ROLES[roles.pop()].run()
    from stoppress.service.processes.supervisor import supervise_children

    return supervise_children(children_of(roles, ReplacedProcesses(process_socket().folder, roles).count))


def _supervised_roles(roles: set[str]) -> set[str]:
    return {"web", *(role for role in roles & CHILD_ROLES.keys() if CHILD_ROLES[role].is_wanted)}


def _supervise(host: str, port: int, workers: int, children: list[Any], replaced: ReplacedProcesses) -> int:
    from stoppress.service.processes.supervisor import supervise_workers

    try:
        return supervise_workers(host, port, workers, children, replaced.count)
    except OSError as error:
        raise CommandError(f"--port: cannot listen on {host}:{port} ({error.strerror})") from error


def run_worker(host: str, port: int) -> int:
    """Run one of several web processes on a port; it stops with its supervisor."""
    from stoppress.service.processes.server import create_web_server, run_web_server
    from stoppress.service.processes.supervisor import create_bound_socket

    server = create_web_server(host, port, [])
    server.is_worker = True
    return run_web_server(server, [create_bound_socket(host, port, shared=True)])


def _warn_without_relay() -> None:
    from django.conf import settings

    if not settings.RELAYS:
        print(
            "STOPPRESS_SMTP_URL is not set: mail is kept, not sent; administrators read it at /desk/inbox.",
            file=sys.stderr,
        )
