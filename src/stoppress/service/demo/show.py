"""Run the demo: a folder of its own, an SMTP server on loopback, the story, the web process, the panel."""

import logging
import os
import shutil
import socket
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stoppress.runtime.clock import utc_now
from stoppress.runtime.processes.parent_pipe import interrupted_by_parent
from stoppress.service.demo.progress import StartProgress
from stoppress.service.errors import CommandError

if TYPE_CHECKING:
    from stoppress.service.demo.player import StoryPlayer

MARKER_FILE = "this-is-a-stoppress-demo"
SUBSCRIBERS = ("amina@readers.example", "bo@readers.example", "carmen@readers.example")
CREDENTIALS = ("editor", "stop-the-press")


def run_demo(port: int, speed: float, folder: str) -> int:
    """Run the demo until Ctrl-C and return the exit code.

    Raises:
        CommandError: the folder is not a demo's, no port is free, or the speed is out of bounds.
    """
    if not 0.05 <= speed <= 1000:
        raise CommandError(f"--speed must be between 0.05 and 1000, got {speed:g}")
    from stoppress.service.demo.loopback_smtp import LoopbackSMTP

    home = create_demo_folder(Path(folder).absolute())
    port = find_free_port(port)
    print("Starting the demo: some seconds, on a busy machine a minute or two.", flush=True)
    with LoopbackSMTP(home / "mail") as mail:
        set_environment(home, port, mail.port)
        return serve_demo(port, speed, StartProgress(5))


def serve_demo(port: int, speed: float, progress: StartProgress) -> int:
    """Create people and story, then serve and play."""
    with interrupted_by_parent():
        player = prepare_story(speed, progress)
    from stoppress.service.processes.roles import DEFAULT_ROLES, read_roles
    from stoppress.service.processes.serving import serve

    start = (player, port, player.slug, progress)
    threading.Thread(target=start_when_reachable, args=start, daemon=True).start()
    try:
        return serve("127.0.0.1", port, roles=read_roles(DEFAULT_ROLES), access_log=False)
    finally:
        player.stop()
        print("\nThe demo has stopped. Its folder is kept until the next demo.", file=sys.stderr)


def prepare_story(speed: float, progress: StartProgress) -> "StoryPlayer":
    """Create database, people and the story so far; return the player of the rest."""
    from stoppress.service.django_setup import migrate, set_up

    with progress.step("Loading the program"):
        set_up()
        from stoppress.service.demo.player import StoryPlayer
        from stoppress.service.demo.story import load_story
    with progress.step("Creating the database"):
        migrate()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    player = StoryPlayer(load_story(), utc_now, speed)
    with progress.step("Publishing the story so far"):
        player.begin()
    with progress.step("Creating an editor and three readers"):
        create_people()
    return player


def start_when_reachable(player: "StoryPlayer", port: int, slug: str, progress: StartProgress) -> None:
    """Wait until the server answers, print the panel, and start the story."""
    with progress.step(f"Starting the server on port {port}"):
        while not is_reachable(port):
            threading.Event().wait(0.05)
    print(welcome_panel(port, slug), flush=True)
    player.start()


def create_people() -> None:
    """Create the editor, and three confirmed subscribers of breaking news."""
    from stoppress.desk.access.people import create_user

    create_user(*CREDENTIALS, "admin", display="Ines Okafor")
    for address in SUBSCRIBERS:
        sign_up_subscriber(address, utc_now())


def sign_up_subscriber(email: str, now: datetime) -> None:
    """Subscribe an address and confirm it as its owner would."""
    from stoppress.signup.actions import SignUpSubmission, confirm_subscriptions, submit_sign_up
    from stoppress.subscribers.models import Subscriber
    from stoppress.subscribers.signed_links import make_confirm_token
    from stoppress.subscribers.topics import breaking_topic

    topic = breaking_topic()
    submit_sign_up(SignUpSubmission(email=email, topics=(topic,), client="", origin="the demo"), now=now)
    reader = Subscriber.objects.get(key=email)
    confirm_subscriptions(make_confirm_token(reader.pk, topic.pk, reader.secret, "", now), now=now)


def welcome_panel(port: int, slug: str) -> str:
    """Return the text that is printed when the demo is ready."""
    base = f"http://localhost:{port}"
    lines = [
        "Stop Press is running: a made-up story, everything else real.",
        "",
        f"  Reader’s page   {base}/live/{slug}",
        f"  Desk            {base}/desk/        log in as {CREDENTIALS[0]} · {CREDENTIALS[1]}",
        f"  Inbox           {base}/inbox        three readers get the breaking alert",
        "",
        "  Stop with Ctrl-C.",
    ]
    width = max(map(len, lines)) + 2
    rule = "─" * width
    return "\n".join([f"┌{rule}┐", *(f"│ {line.ljust(width - 1)}│" for line in lines), f"└{rule}┘"])


def set_environment(home: Path, port: int, smtp_port: int) -> None:
    """Set the demo's settings in the environment, without those of a real installation."""
    for name in [name for name in os.environ if name.startswith("STOPPRESS_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {
        "STOPPRESS_CONFIG": os.devnull,
        "STOPPRESS_DEMO": "1",
        "STOPPRESS_HOME": str(home),
        "STOPPRESS_PUBLIC_URL": f"http://localhost:{port}",
        "STOPPRESS_NAME": "The Halden Courier",
        "STOPPRESS_MAIL_FROM": "The Halden Courier <alerts@courier.example>",
        "STOPPRESS_LIST_DOMAIN": "courier.example",
        "STOPPRESS_POSTAL_ADDRESS": "1 Quay Street, Port Halden",
        "STOPPRESS_CORRECTIONS_CONTACT": "corrections@courier.example",
        "STOPPRESS_RESOLVER": "off",
        "STOPPRESS_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
    }


def create_demo_folder(folder: Path) -> Path:
    """Create an empty folder for this demo; the folder of an earlier demo is replaced.

    Raises:
        CommandError: the folder holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER_FILE).exists():
        raise CommandError(f"--folder: {folder} is not the folder of an earlier demo; choose an empty or a new one")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER_FILE).touch()
    return folder


def find_free_port(port: int) -> int:
    """Return `port`, or the next free one.

    Raises:
        CommandError: fifty ports are taken.
    """
    for candidate in range(port, min(port + 50, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise CommandError(f"--port: {port} to {port + 49} are taken")


def is_reachable(port: int) -> bool:
    """Return True if a server listens on the port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
