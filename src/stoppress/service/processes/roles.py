"""Roles of processes: web processes serve pages and desk; every other role runs once, as a child process."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings

from stoppress.runtime import notifications
from stoppress.runtime.processes.child_process import ChildProcess
from stoppress.service.database.sqlite.base import yield_to_requests
from stoppress.service.errors import CommandError
from stoppress.service.processes.gc_tuning import freeze_loaded_objects

WEB_ROLES = frozenset({"desk", "edge"})
DEFAULT_ROLES = "desk,edge,mailer,clock,bounces"


@dataclass(frozen=True)
class Role:
    """A role with a process of its own.

    Args:
        module: defines `main() -> exit code`.
        events: notifications that its parent forwards.
        yields_to_requests: on SQLite, its transactions begin after those of requests.
        needs: settings; if none of them is set, the role is skipped where several roles run.
    """

    module: str
    events: tuple[str, ...] = ()
    yields_to_requests: bool = False
    needs: tuple[str, ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Return True if the role has something to do."""
        return not self.needs or any(getattr(settings, name) for name in self.needs)

    @property
    def main(self) -> Callable[[], int]:
        """Return the function to run; Django must be set up."""
        found: Callable[[], int] = import_module(self.module).main
        return found

    def run(self) -> int:
        """Run the role in this process; Django must be set up."""
        if self.yields_to_requests:
            yield_to_requests()
        main = self.main
        freeze_loaded_objects()
        return main()


CHILD_ROLES = {
    "mailer": Role(
        "stoppress.delivery.sender",
        (notifications.MAIL, notifications.CHANGES, notifications.INTERACTIVE_WRITE),
        yields_to_requests=True,
    ),
    "clock": Role("stoppress.service.scheduler.process"),
    "bounces": Role("stoppress.inbound.receive.process", needs=("BOUNCE_LISTEN_ADDRESSES", "BOUNCE_MAILBOX")),
}
"""The roles beside the web processes, each run once."""


def read_roles(text: str) -> set[str]:
    """Return the roles in a comma-separated text.

    Raises:
        CommandError: a role is unknown, or desk and edge are not named together.
    """
    roles = {role.strip() for role in text.split(",") if role.strip()}
    if not roles or roles - WEB_ROLES - CHILD_ROLES.keys():
        raise CommandError(
            f"--roles: unknown role in {text!r}; allowed are {', '.join(sorted([*WEB_ROLES, *CHILD_ROLES]))}"
        )
    if roles & WEB_ROLES and not roles >= WEB_ROLES:
        raise CommandError("--roles: desk and edge are served by one process; name both")
    return roles


def children_of(roles: set[str], on_replaced: Callable[[str, str], None]) -> list[ChildProcess]:
    """Return a child process for every role that is not served by the web process.

    Args:
        roles: names of roles.
        on_replaced: called with the role and a reason whenever a child is replaced.
    """
    wanted = [(name, role) for name, role in CHILD_ROLES.items() if name in roles and role.is_wanted]
    return [
        ChildProcess("serve", "--child", "--roles", name, role=name, events=role.events, on_replaced=on_replaced)
        for name, role in wanted
    ]
