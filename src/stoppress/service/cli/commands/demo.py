"""`stoppress demo`: replay sample coverage live with page, desk and inbox."""

from argparse import SUPPRESS, Namespace, _SubParsersAction
from typing import Any

from stoppress.runtime.processes.guardian import become_guardian
from stoppress.runtime.processes.heartbeat import process_heartbeat
from stoppress.service.ports import port_number


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Declare the command and its options."""
    command = commands.add_parser("demo", help="replay sample coverage live, on this machine only")
    command.add_argument(
        "--port", type=port_number, default=8000, help="default: %(default)s; the next free one if it is taken"
    )
    command.add_argument("--speed", type=float, default=1.0, help="factor of the story's speed (default: %(default)s)")
    command.add_argument("--folder", default=".demo", help="folder of the demo's database (default: %(default)s)")
    command.add_argument("--child", action="store_true", help=SUPPRESS)  # started by a guardian
    command.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run the demo until stopped, under a guardian: a demo that hangs begins again from the start."""
    if not options.child:
        place = ("--port", str(options.port), "--speed", str(options.speed), "--folder", options.folder)
        become_guardian("web", "demo", "--child", *place)
    process_heartbeat.start()
    from stoppress.service.demo.show import run_demo

    return run_demo(options.port, options.speed, options.folder)
