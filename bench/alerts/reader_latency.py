"""Latency of streams and commits during a send at full speed.

One `stoppress serve` (web process, mailer beside it) on one SQLite home, streams held by a process of their own, posts
published through the API at a steady pace. A round is

    idle ──► an alert to all subscribers ──► the bare machine: smtp-source drives the same sink, no ledger ──►

and idle again at the end. The bare machine shows the minimum cost of sharing these processors.
"""

import itertools
import random
import statistics
import subprocess
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.fanout.sse_clients import SENT
from bench.figures import Figure
from bench.processes import Worker
from bench.servers.installation import SLUG, Installation

TEXT = "The sea wall at Port Halden has given way. " * 12
LAST = "This was the last post of the stretch"
STREAM = f"/live/{SLUG}/stream"
TIMES_IDLE, LIMIT, TIMES_BARE = 1.5, 100.0, 3.0
"""The target for a 99th percentile: so many times idle's; so many milliseconds, or times what the bare machine took."""


@dataclass
class Period:
    """One period of publishing: milliseconds of each commit, and p99 of all deliveries to readers."""

    commits: list[float] = field(default_factory=list)
    heard: float = 0.0
    rate: float | None = None
    """Messages per second that went to the relay meanwhile."""

    @property
    def committed(self) -> float:
        """Return p99 of commits; 0 if nothing was published."""
        return sorted(self.commits)[int(len(self.commits) * 0.99)] if self.commits else 0.0


@dataclass
class Stage:
    """The processes that a period runs on."""

    installation: Installation
    clients: Worker
    options: Namespace
    port: int
    """The sink's."""
    chance: random.Random


def measure_reader_latency(options: Namespace) -> Iterator[Figure]:
    """Yield the figures."""
    from bench.alerts import mail_installation
    from bench.servers.postfix import smtp_sink

    with (
        mail_installation.temporary_installation() as home,
        smtp_sink() as port,
        Worker("fanout.sse_clients") as clients,
    ):
        mail_installation.add_subscribers(options.recipients)
        relay = f"smtp://127.0.0.1:{port}?starttls=never&connections={options.connections}"
        installation = Installation(home, roles="desk,edge,mailer", settings={"STOPPRESS_SMTP_URL": relay})
        installation.start()
        try:
            stage = Stage(installation, clients, options, port, random.Random(1))
            yield from _figures(options, *_rounds(stage))
        finally:
            installation.stop()


def _rounds(stage: Stage) -> tuple[list[Period], list[Period], list[Period]]:
    stage.clients.ask(do="open", readers=stage.options.readers, port=stage.installation.port, path=STREAM)
    _stretch(stage, _after(3.0))  # warming up
    idle, sends, bare = [], [], []
    for _ in range(stage.options.rounds):
        idle.append(_stretch(stage, _after(stage.options.seconds)))
        sends.append(_send(stage))
        bare.append(_bare(stage))
    idle.append(_stretch(stage, _after(stage.options.seconds)))
    return idle, sends, bare


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _send(stage: Stage) -> Period:
    """Send an alert to all subscribers and wait for the last accepted delivery."""
    from bench.alerts import mail_installation
    from stoppress.delivery.choices import DeliveryState as State
    from stoppress.delivery.models import Alert, Delivery

    begun = time.monotonic()
    alert = mail_installation.send(mail_installation.publish())
    moving = Delivery.objects.filter(alert=alert, state__in=(State.PENDING, State.IN_FLIGHT, State.DEFERRED))

    def sent() -> bool:
        return Alert.objects.filter(pk=alert.pk, materialised_at__isnull=False).exists() and not moving.exists()

    found = _stretch(stage, sent)
    found.rate = stage.options.recipients / (time.monotonic() - begun)
    return found


def _bare(stage: Stage) -> Period:
    """Publish beside smtp-source for as long as in an idle period."""
    from bench.alerts import mail_installation
    from bench.servers.postfix import BATCH, source_command

    size, ended = mail_installation.message_size(), _after(stage.options.seconds)
    command = source_command(stage.port, BATCH, size, stage.options.connections)
    if command is None:
        return Period()
    begun, running, batches = time.monotonic(), subprocess.Popen(command, stdout=subprocess.DEVNULL), 0

    def beside() -> bool:
        nonlocal running, batches
        if running.poll() is not None and not ended():
            running, batches = subprocess.Popen(command, stdout=subprocess.DEVNULL), batches + 1
        return ended()

    found = _stretch(stage, beside)
    running.wait()
    found.rate = (batches + 1) * BATCH / (time.monotonic() - begun)
    return found


def _stretch(stage: Stage, over: Callable[[], bool]) -> Period:
    """Publish until the period ends. A late post counts from the time at which it was due."""
    installation, pause, found = stage.installation, 1 / stage.options.pace, Period()
    stage.clients.begin(do="follow", last=LAST, seconds=600)
    due = time.monotonic()
    while not over():
        due += pause * stage.chance.uniform(0.5, 1.5)
        if (early := due - time.monotonic()) > 0:
            time.sleep(early)
            due = time.monotonic()
        _, answered = installation.publish(SENT % int(due * 1e6), TEXT)
        found.commits.append((answered - due) * 1000)
    installation.publish(LAST, TEXT)
    heard = stage.clients.result()
    if heard["count"] < len(found.commits) * stage.options.readers:
        raise RuntimeError(f"{heard['count']} of {len(found.commits) * stage.options.readers} deliveries were heard")
    found.heard = heard["p99"] * 1000
    return found


def _figures(options: Namespace, idle: list[Period], sends: list[Period], bare: list[Period]) -> Iterator[Figure]:
    yield Figure("readers", options.readers)
    yield Figure("recipients", options.recipients)
    yield Figure("posts", sum(len(one.commits) for one in sends), note=f"during {len(sends)} sends")
    yield from _compared("stream_p99", [[one.heard for one in some] for some in (idle, sends, bare)])
    yield from _compared("commit_p99", [[one.committed for one in some] for some in (idle, sends, bare)])
    yield Figure(
        "rate_per_s", round(_middle([one.rate for one in sends])), "messages/s", note="readers and posts beside"
    )
    if bare[0].commits:
        yield Figure("smtp_source_per_s", round(_middle([one.rate for one in bare])), "messages/s", note="the same")


def _compared(name: str, stretches: list[list[float]]) -> Iterator[Figure]:
    """Yield the figures: idle, during a send, and beside smtp-source."""
    idle, sends, bare = stretches
    calm, busy = statistics.median(idle), statistics.median(sends)
    least = statistics.median(bare) if all(bare) else None
    around = [(before + after) / 2 for before, after in itertools.pairwise(idle)]
    ratio = statistics.median(one / other for one, other in zip(sends, around, strict=True))
    bound = max(LIMIT, TIMES_BARE * least) if least else LIMIT
    yield Figure(f"{name}_idle", round(calm, 1), "ms", note=_range(idle))
    target = f"≤ {bound:.0f} ({LIMIT:.0f}, or {TIMES_BARE:.0f} × bare)"
    rounded = least and round(least, 1)
    yield Figure(f"{name}_sending", round(busy, 1), "ms", target, _range(sends), bare=rounded, met=busy <= bound)
    yield Figure(f"{name}_beside_smtp_source", rounded, "ms", note=_range(bare) if least else "not installed")
    yield Figure(f"{name}_ratio", round(ratio, 2), "", f"≤ {TIMES_IDLE} × idle", met=ratio <= TIMES_IDLE)


def _middle(rates: list[float | None]) -> float:
    return statistics.median(rate or 0.0 for rate in rates)


def _range(values: list[float]) -> str:
    return f"{len(values)} stretches, {min(values):.0f}–{max(values):.0f} ms"
