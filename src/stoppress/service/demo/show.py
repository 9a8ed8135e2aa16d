"""The demo from start to end: its own folder, an SMTP server on loopback, the story, the web process, the panel."""

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
from stoppress.service.errors import Refused

if TYPE_CHECKING:
    from stoppress.service.demo.player import Player

MARK = "this-is-a-stoppress-demo"
READERS = ("amina@readers.example", "bo@readers.example", "carmen@readers.example")
LOG_IN = ("editor", "stop-the-press")


def show(port: int, speed: float, folder: str) -> int:
    """Run until Ctrl-C; the exit code. Raises Refused for a folder that is not a demo's, or a senseless speed."""
    if not 0.05 <= speed <= 1000:
        raise Refused("--speed: between 0.05 and 1000")
    from stoppress.service.demo.loopback_smtp import LoopbackSMTP

    home = fresh_folder(Path(folder).absolute())
    port = free_port_from(port)
    with LoopbackSMTP(home / "mail") as mail:
        configure(home, port, mail.port)
        return perform(port, speed)


def perform(port: int, speed: float) -> int:
    """Set the stage, then serve and play."""
    from stoppress.service.django_setup import migrate, set_up

    set_up()
    migrate()
    from stoppress.service.demo.player import Player
    from stoppress.service.demo.story import load
    from stoppress.service.processes.roles import DEFAULT, read_roles
    from stoppress.service.processes.serving import serve

    story = load()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    player = Player(story, utc_now, speed)
    player.begin()
    people()
    threading.Thread(target=raise_curtain, args=(player, port, story.slug), daemon=True).start()
    try:
        return serve("127.0.0.1", port, roles=read_roles(DEFAULT), access_log=False)
    finally:
        player.stop()
        print("\nThe demo has stopped. What it wrote is in its folder until the next one.", file=sys.stderr)


def raise_curtain(player: "Player", port: int, slug: str) -> None:
    """As soon as somebody answers at the door: show where everything is, and begin."""
    while not answers(port):
        threading.Event().wait(0.05)
    print(panel(port, slug), flush=True)
    player.start()


def people() -> None:
    """The editor, and three readers who asked for breaking news and have pressed the button in their mail."""
    from stoppress.desk.access.people import create_user

    create_user(*LOG_IN, "admin", display="Ines Okafor")
    for address in READERS:
        sign_up(address, utc_now())


def sign_up(email: str, now: datetime) -> None:
    """What a reader does: ask, get a letter, and confirm with what stands in it."""
    from stoppress.signup.actions import Asking, ask, confirm
    from stoppress.subscribers.models import Subscriber
    from stoppress.subscribers.signed_links import confirm_token
    from stoppress.subscribers.topics import breaking_topic

    topic = breaking_topic()
    ask(Asking(typed=email, topics=(topic,), client="", place="the demo"), now=now)
    reader = Subscriber.objects.get(key=email)
    confirm(confirm_token(reader.pk, topic.pk, reader.secret, "", now), now=now)


def panel(port: int, slug: str) -> str:
    """What the demo says when it is ready."""
    base = f"http://localhost:{port}"
    lines = [
        "Stop Press is running: a made-up story, everything else real.",
        "",
        f"  Reader’s page   {base}/live/{slug}",
        f"  Desk            {base}/desk/        log in as {LOG_IN[0]} · {LOG_IN[1]}",
        f"  Inbox           {base}/inbox        three readers get the breaking alert",
        "",
        "  Stop with Ctrl-C.",
    ]
    width = max(map(len, lines)) + 2
    rule = "─" * width
    return "\n".join([f"┌{rule}┐", *(f"│ {line.ljust(width - 1)}│" for line in lines), f"└{rule}┘"])


def configure(home: Path, port: int, smtp_port: int) -> None:
    """Settings of the demo; whatever is set for a real installation is left out of it."""
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


def fresh_folder(folder: Path) -> Path:
    """An empty folder for this demo. What an earlier demo left is removed; anything else is refused."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Refused(f"--folder: {folder} holds something that no demo put there")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    return folder


def free_port_from(port: int) -> int:
    """`port`, or the next one that nobody listens on."""
    for candidate in range(port, min(port + 50, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise Refused(f"--port: {port} and the fifty after it are taken")


def answers(port: int) -> bool:
    """Whether somebody listens on the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
