"""`stoppress serve`: run the web process with mailer, scheduler and bounce listener, or some roles alone."""

from argparse import SUPPRESS, Namespace, _SubParsersAction
from typing import Any

from stoppress.runtime.processes.guardian import become_guardian
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.runtime.processes.parent_pipe import parent_descriptor
from stoppress.service.django_setup import check_database, migrate, pin_database, set_up
from stoppress.service.errors import CommandError
from stoppress.service.ports import check_port_is_free, port_number
from stoppress.service.processes.roles import DEFAULT_ROLES, WEB_ROLES, read_roles
from stoppress.service.processes.serving import run_roles, run_worker, serve
from stoppress.service.start_checks import check_key_files

MAX_WORKERS = 256
"""Processes on one port: a larger number is a slip, and would take all memory."""


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = commands.add_parser("serve", help="run pages, desk, mailer, scheduler and bounce listener")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=port_number, default=8000, help="default: %(default)s")
    command.add_argument("--workers", type=int, default=1, help="processes on the port (default: %(default)s)")
    command.add_argument("--worker", action="store_true", help=SUPPRESS)  # one of several, started by a supervisor
    command.add_argument("--child", action="store_true", help=SUPPRESS)  # started by a supervisor or guardian
    command.add_argument("--roles", default=DEFAULT_ROLES, help="comma-separated; default: %(default)s")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Serve until stopped."""
    roles = read_roles(options.roles)
    if not 1 <= options.workers <= MAX_WORKERS:
        raise CommandError(f"--workers must be between 1 and {MAX_WORKERS}, got {options.workers}")
    if options.child or options.worker:
        process_heartbeat.start()
    elif needs_guardian(roles):
        if roles & WEB_ROLES:
            check_port_is_free(options.host, options.port)
        place = ("--host", options.host, "--port", str(options.port), "--workers", str(options.workers))
        become_guardian(guarded_role(roles, options.workers), "serve", "--child", *place, "--roles", options.roles)
    set_up()
    check_key_files(roles)
    if not roles & WEB_ROLES:
        check_database()
        pin_database()
        return run_roles(roles)
    if options.worker:
        check_database()
        pin_database()
        return run_worker(options.host, options.port)
    check_port_is_free(options.host, options.port)
    migrate()
    pin_database()
    return serve(options.host, options.port, roles=roles, workers=options.workers)


def needs_guardian(roles: set[str]) -> bool:
    """Return True unless a parent watches this process: one role alone whose standard input is a pipe."""
    return bool(roles & WEB_ROLES) or len(roles) > 1 or parent_descriptor() is None


def guarded_role(roles: set[str], workers: int) -> str:
    """Return the role of the guarded process, for log lines and metrics."""
    if roles & WEB_ROLES and workers == 1:
        return "web"
    return next(iter(roles)) if len(roles) == 1 else "supervisor"
