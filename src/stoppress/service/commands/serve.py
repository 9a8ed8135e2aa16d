"""`stoppress serve`: the web process, with mailer, clock and bounces as its children; or some roles alone."""

import sys
from argparse import SUPPRESS, Namespace, _SubParsersAction
from typing import Any

from stoppress.service.django_setup import migrate, set_up
from stoppress.service.ports import port_number, refuse_unless_free
from stoppress.service.refusals import Refused
from stoppress.service.roles import BESIDE, DEFAULT, WEB, children_of, read_roles
from stoppress.service.start_checks import check_key_files


def add_to(verbs: "_SubParsersAction[Any]") -> None:
    """Declare the command."""
    command = verbs.add_parser("serve", help="run the pages, the desk, the mailer and the clock")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=port_number, default=8000, help="default: %(default)s")
    command.add_argument("--workers", type=int, default=1, help="processes on the port (default: %(default)s)")
    command.add_argument("--worker", action="store_true", help=SUPPRESS)  # one of several, started by a supervisor
    command.add_argument("--roles", default=DEFAULT, help="comma-separated; default: %(default)s")
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Serve until stopped."""
    roles = read_roles(options.roles)
    set_up()
    check_key_files(roles)
    if not roles & WEB:
        return _beside(roles)
    if options.worker:
        return _work(options.host, options.port)
    if options.workers < 1:
        raise Refused("--workers: at least one")
    refuse_unless_free(options.host, options.port)
    migrate()
    return serve(options.host, options.port, roles=roles, workers=options.workers)


def serve(host: str, port: int, *, roles: set[str], access_log: bool = True, workers: int = 1) -> int:
    """Run the web process, or several of them, and the other roles beside."""
    from stoppress.service.server import run as run_server
    from stoppress.service.server import web_server

    _say_where_mail_goes()
    children = children_of(roles)
    if workers > 1:
        return _supervise(host, port, workers, children)
    return run_server(web_server(host, port, children, access_log=access_log))


def _beside(roles: set[str]) -> int:
    """Be one of the roles that need no web process, or keep several of them running."""
    if len(roles) == 1:
        return BESIDE[roles.pop()].run()
    from stoppress.service.supervisor import keep

    return keep(children_of(roles))


def _supervise(host: str, port: int, workers: int, children: list[Any]) -> int:
    from stoppress.service.supervisor import supervise

    try:
        return supervise(host, port, workers, children)
    except OSError as error:
        raise Refused(f"--port: cannot listen on {host}:{port} ({error.strerror})") from error


def _work(host: str, port: int) -> int:
    """Be one of several processes on a port; stop when the supervisor says so or is gone."""
    from stoppress.service.server import run as run_server
    from stoppress.service.server import web_server
    from stoppress.service.supervisor import bound_socket

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
