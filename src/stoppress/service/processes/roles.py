"""What an installation's processes do: pages and desk in the web processes, everything else once, in a child each."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings

from stoppress.runtime import notifications
from stoppress.runtime.processes.child_process import Child
from stoppress.service.database.sqlite.base import stand_back
from stoppress.service.errors import Refused
from stoppress.service.processes.gc_tuning import keep_what_is_loaded

WEB = frozenset({"desk", "edge"})
DEFAULT = "desk,edge,mailer,clock,bounces"


@dataclass(frozen=True)
class Role:
    """One role that has a process of its own: the module with its `main() -> exit code`, and its hints. One that
    `stands_back` writes after all others.

    One that `needs` settings is passed over, when several roles run, as long as none of these is set.
    """

    module: str
    topics: tuple[str, ...] = ()
    stands_back: bool = False
    needs: tuple[str, ...] = ()

    @property
    def wanted(self) -> bool:
        """Whether there is anything for it to do."""
        return not self.needs or any(getattr(settings, name) for name in self.needs)

    @property
    def main(self) -> Callable[[], int]:
        """What to run; Django must be set up."""
        found: Callable[[], int] = import_module(self.module).main
        return found

    def run(self) -> int:
        """Be it; Django must be set up."""
        if self.stands_back:
            stand_back()
        main = self.main
        keep_what_is_loaded()
        return main()


BESIDE = {
    "mailer": Role(
        "stoppress.delivery.sender",
        (notifications.MAIL, notifications.CHANGES, notifications.WRITING),
        stands_back=True,
    ),
    "clock": Role("stoppress.service.scheduler.process"),
    "bounces": Role("stoppress.inbound.receive.process", needs=("BOUNCE_LISTEN_ADDRESSES", "BOUNCE_MAILBOX")),
}
"""The roles beside the web processes, each run once."""


def read_roles(text: str) -> set[str]:
    """The roles named, comma-separated; raises Refused."""
    roles = {role.strip() for role in text.split(",") if role.strip()}
    if not roles or roles - WEB - BESIDE.keys():
        raise Refused(f"--roles: {text!r}; known are {', '.join(sorted([*WEB, *BESIDE]))}")
    if roles & WEB and not roles >= WEB:
        raise Refused("--roles: desk and edge are served by one process; name both")
    return roles


def children_of(roles: set[str]) -> list[Child]:
    """A child process for every role that is not the web's."""
    found = [(name, role) for name, role in BESIDE.items() if name in roles and role.wanted]
    return [Child("serve", "--roles", name, topics=role.topics) for name, role in found]
