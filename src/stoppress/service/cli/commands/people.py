"""`stoppress people`: people who may log in at the desk, and their roles. Each act is in the audit log."""

import getpass
import json
import os
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable
from typing import Any

from stoppress.runtime.clock import utc_now
from stoppress.service.cli.desk_commands import desk_command, find_live_blog
from stoppress.service.errors import CommandError

ROLES = ["contributor", "reporter", "editor", "admin"]
PASSWORD_HELP = "A password comes from a prompt, STOPPRESS_PASSWORD, --password-stdin, or --generate."


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its actions."""
    command = commands.add_parser("people", help="list, add, disable people; roles and passwords", description=__doc__)
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    everyone = actions.add_parser("list", help="list people with their roles")
    everyone.add_argument("--json", action="store_true", help="print JSON")
    everyone.set_defaults(run=list_all)
    add = _add_action(actions, "add", "add a person who may log in", add_person, description=PASSWORD_HELP)
    add.add_argument("--display", default="", help="name for bylines, such as “Ines Okafor”")
    add.add_argument("--role", choices=ROLES, default="editor", help="default: %(default)s")
    _add_live(add, "the role is for this live blog only")
    _add_password_options(add)
    _add_action(actions, "disable", "end log-in, sessions and API tokens at once; posts stay", disable)
    _add_action(actions, "enable", "let a disabled person log in again", enable)
    password = _add_action(actions, "password", "set a password; ends sessions", password_of, description=PASSWORD_HELP)
    _add_password_options(password)
    role = _add_action(actions, "role", "give a role, in place of the one they have there", give_role)
    role.add_argument("role", choices=ROLES)
    _add_live(role, "for this live blog only; default: all live blogs")
    unseat = _add_action(actions, "remove-role", "take a role away", remove_role)
    _add_live(unseat, "the role for this live blog; default: the one for all live blogs")
    _add_action(actions, "log-out", "end all sessions of a person", log_out)


def _add_action(actions: Any, name: str, text: str, run: Callable[[Namespace], int], **more: str) -> ArgumentParser:
    action: ArgumentParser = actions.add_parser(name, help=text, **more)
    action.add_argument("name", metavar="NAME", help="log-in name; capital letters do not matter")
    action.set_defaults(run=run)
    return action


def _add_live(action: ArgumentParser, text: str) -> None:
    action.add_argument("--live", metavar="SLUG", default="", help=text)


def _add_password_options(action: ArgumentParser) -> None:
    source = action.add_mutually_exclusive_group()
    source.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    source.add_argument("--generate", action="store_true", help="generate a password and print it once")


@desk_command
def list_all(options: Namespace) -> int:
    """Print each person with state, roles and last log-in."""
    from stoppress.desk.access.people_list import list_people

    people = list_people()
    if options.json:
        print(json.dumps([person.as_json() for person in people], ensure_ascii=False, indent=2))
        return 0
    for person in people:
        state = "" if person.is_active else "disabled"
        last = f"{person.last_login:%Y-%m-%d}" if person.last_login else "never"
        print(f"{person.name:<24} {state:<9} {last:<11} {', '.join(person.seat_texts()) or 'no role'}")
    return 0


@desk_command
def add_person(options: Namespace) -> int:
    """Add the person."""
    from stoppress.desk.access.audit_log import command_line_actor
    from stoppress.desk.access.people import create_user

    blog = find_live_blog(options.live)
    password = _password(options)
    user = create_user(
        options.name, password, options.role, display=options.display, blog=blog, by=command_line_actor()
    )
    where = f" of /live/{blog.slug}" if blog else ""
    print(f"{user.username} may now log in at /desk/ as {options.role}{where}.")
    _print_generated(options, password)
    return 0


@desk_command
def disable(options: Namespace) -> int:
    """Disable the person."""
    from stoppress.desk.access.people import disable_user

    user, by = _person(options)
    count = disable_user(user, by=by, now=utc_now())
    print(
        f"{user.username} is disabled: sessions are ended, {count} API {'token' if count == 1 else 'tokens'} revoked."
    )
    return 0


@desk_command
def enable(options: Namespace) -> int:
    """Enable the person."""
    from stoppress.desk.access.people import enable_user

    user, by = _person(options)
    enable_user(user, by=by, now=utc_now())
    print(f"{user.username} may log in again.")
    return 0


@desk_command
def password_of(options: Namespace) -> int:
    """Set the person's password."""
    from stoppress.desk.access.people import set_password

    user, by = _person(options)
    password = _password(options)
    set_password(user, password, by=by, now=utc_now())
    print(f"{user.username} has a new password; sessions are ended.")
    _print_generated(options, password)
    return 0


@desk_command
def give_role(options: Namespace) -> int:
    """Give the role."""
    from stoppress.desk.access.seats import set_seat

    user, by = _person(options)
    blog = find_live_blog(options.live)
    set_seat(user, options.role, blog, by=by, now=utc_now())
    print(f"{user.username} is {options.role} of {f'/live/{blog.slug}' if blog else 'all live blogs'}.")
    return 0


@desk_command
def remove_role(options: Namespace) -> int:
    """Take the role away."""
    from stoppress.desk.access.seats import remove_seat

    user, by = _person(options)
    blog = find_live_blog(options.live)
    where = f"/live/{blog.slug}" if blog else "all live blogs"
    if not remove_seat(user, blog, by=by, now=utc_now()):
        raise CommandError(f"{user.username} has no role for {where}")
    print(f"{user.username} has no role for {where} any more.")
    return 0


@desk_command
def log_out(options: Namespace) -> int:
    """End the person's sessions."""
    from stoppress.desk.access.sessions import log_out_everywhere

    user, by = _person(options)
    count = log_out_everywhere(user, by=by, now=utc_now())
    print(f"{user.username}: {count} {'session' if count == 1 else 'sessions'} ended.")
    return 0


def _person(options: Namespace) -> Any:
    from stoppress.desk.access.audit_log import command_line_actor
    from stoppress.desk.access.people import find_user

    return find_user(options.name), command_line_actor()


def _print_generated(options: Namespace, password: str) -> None:
    if options.generate:
        print(f"Password, shown once: {password}")


def _password(options: Namespace) -> str:
    from stoppress.desk.access.people import generate_password

    if options.generate:
        return generate_password()
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if given := os.environ.get("STOPPRESS_PASSWORD"):
        return given
    if not sys.stdin.isatty():
        raise CommandError("no password: set STOPPRESS_PASSWORD, or use --password-stdin or --generate")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise CommandError("the two passwords differ")
    return first
