"""Live figures of all web processes of an installation: each writes its own every second, any of them adds them up.

hub ─► figures_of ─► run/PID.figures ─► read_all ─► of_blog (for the desk), metrics.py (for /metrics)
"""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stoppress.desk.screens.readership import Readership
from stoppress.edge.live.delivery_latency import quantile
from stoppress.edge.live.hub import Hub
from stoppress.runtime.atomic_files import write_atomically
from stoppress.service.notifications.transports import bell

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two writings."""
FRESH_FOR = 10.0
"""Seconds after which figures belong to a process that is gone, or hangs."""
YOUNG = 3.0
"""The same of a process that we do not see: it may have been killed."""
PROCESS = f"{os.getpid()}.{time.time_ns()}"
"""Identifies this process among all that ever wrote figures: a process number may come again."""
MAX_FOLDED = 16
"""Processes whose figures count no more once they are in the sums; a read takes far less than so many restarts."""
GONE = "gone.figures"
"""What processes have counted that a supervisor has replaced since: so that counts never fall."""

Figures = dict[str, Any]


def figures_of(hub: Hub) -> Figures:
    """What one process knows."""
    counts = hub.counts
    blogs = {
        slug: {
            "readers": room.readers,
            "holding": room.holding,
            "following": room.audience,
            "seq": room.ring.end,
            "audience": room.spread.audience,
            "steps": room.spread.steps,
        }
        for slug, room in hub.rooms.items()
    }
    return {
        "process": PROCESS,
        "blogs": blogs,
        "dropped": counts.dropped,
        "resumed": counts.resumed,
        "resets": counts.resets,
        "lookups": counts.lookups,
        "deliveries": counts.deliveries,
        "seconds": counts.seconds,
        "buckets": counts.buckets,
    }


async def write_figures(hub: Hub, folder: Path, left: bool = False) -> None:
    """Write for ever; the file goes with the process, unless that is killed, or it is `left` to a supervisor."""
    path = folder / f"{os.getpid()}.figures"
    try:
        while True:
            with contextlib.suppress(OSError):
                _write(path, figures_of(hub))
            await asyncio.sleep(EVERY)
    finally:
        if not left:
            path.unlink(missing_ok=True)


def _write(path: Path, figures: Figures) -> None:
    text = json.dumps(figures)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_atomically(path, text.encode(), durable=False)
    except OSError:  # the disk is full: over what is there, which may be read half written, and is not for long
        with path.open("r+", encoding="utf-8") as file:
            file.write(text)
            file.truncate()


def read_all(folder: Path) -> list[Figures]:
    """Return what every living process has written, and the sums of those that are gone.

    The sums are read last, and the processes that they contain are left out: read at the moment when a process is
    folded into them, its counts appear once, neither twice nor not at all.
    """
    found = []
    for path in folder.glob("[0-9]*.figures"):
        with contextlib.suppress(OSError, ValueError):
            age, lives = time.time() - path.stat().st_mtime, _lives(int(path.stem))
            if age < (FRESH_FOR if lives else YOUNG):
                found.append(_read(path))
            elif age > FRESH_FOR and not lives:
                path.unlink(missing_ok=True)
    with contextlib.suppress(OSError, ValueError):
        sums = _read(folder / GONE)
        folded = sums.pop("folded", [])
        found = [one for one in found if one.get("process", "") not in folded] + [sums]
    return found


def _read(path: Path) -> Figures:
    figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    return figures


def begin(folder: Path) -> None:
    """An installation that starts counts from nothing."""
    (folder / GONE).unlink(missing_ok=True)
    for path in folder.glob("[0-9]*.figures"):
        with contextlib.suppress(ValueError):
            if not _lives(int(path.stem)):
                path.unlink(missing_ok=True)


def fold(folder: Path, process: int) -> None:
    """Add the counts of a process that has ended, and is to be replaced, to the sums; its readers are gone."""
    path = folder / f"{process}.figures"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # of whatever shape: nothing depends on it
        last = _read(path)
        known = [last, _read(folder / GONE)] if (folder / GONE).exists() else [last]
        names = last.keys() - {"blogs", "buckets", "process"}
        sums: Figures = {name: sum(one[name] for one in known) for name in names}
        sums["buckets"] = [sum(column) for column in zip(*(one["buckets"] for one in known), strict=True)]
        folded = [last.get("process", ""), *known[-1].get("folded", [])][:MAX_FOLDED]
        _write(folder / GONE, {"blogs": {}, **sums, "folded": folded})
        path.unlink()


def _lives(process: int) -> bool:
    """Whether there is such a process here; one in another container is not seen."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def total(figures: Iterable[Figures], name: str) -> float:
    """One count, added up over all processes."""
    return float(sum(one[name] for one in figures))


def of_blog(figures: Iterable[Figures], slug: str) -> Figures:
    """One live blog over all processes: how many read, how many hold the newest change, how long half and 99 % took.

    A process that has not heard of the newest change yet counts with its readers, none of whom holds it.
    """
    mine = [one["blogs"][slug] for one in figures if slug in one["blogs"]]
    seq = max((one["seq"] for one in mine), default=0)
    newest = [one for one in mine if one["seq"] == seq]
    late = sum(one["following"] for one in mine if one["seq"] != seq)
    steps = [(seconds, count) for one in newest for seconds, count in one["steps"]]
    audience = sum(one["audience"] for one in newest) + late
    return {
        "seq": seq,
        "readers": sum(one["readers"] for one in mine),
        "holding": sum(one["holding"] for one in newest),
        "following": sum(one["following"] for one in mine),
        "p50": quantile(steps, audience, 0.50) if audience else None,
        "p99": quantile(steps, audience, 0.99) if audience else None,
    }


def slugs(figures: Iterable[Figures]) -> list[str]:
    """All live blogs that somebody reads."""
    return sorted({slug for one in figures for slug in one["blogs"]})


def readership_of(slug: str) -> Readership:
    """One live blog, as the desk shows it."""
    figures = read_all(bell().folder)
    found = of_blog(figures, slug)
    counts = {name: int(total(figures, name)) for name in ("dropped", "resumed", "resets")}
    return Readership(found["readers"], found["holding"], found["following"], found["p99"], found["p50"], **counts)
