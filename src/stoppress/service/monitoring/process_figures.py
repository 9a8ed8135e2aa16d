"""Figures of all web processes: each process writes its own every second, and any of them adds them up.

hub ─► process_figures ─► run/PID.figures ─► read_all ─► sum_for_live_blog (desk), metrics_view (/metrics)
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
from stoppress.runtime.processes.child_process import is_process_alive
from stoppress.service.notifications.transports import process_socket

log = logging.getLogger(__name__)

WRITE_INTERVAL_SECONDS = 1.0
"""Seconds between two writes."""
MAX_AGE_SECONDS = 10.0
"""Age in seconds at which figures are ignored: their process ended or hangs."""
MAX_AGE_UNSEEN_SECONDS = 3.0
"""The same for a process that is not visible here; it may have been killed."""
PROCESS = f"{os.getpid()}.{time.time_ns()}"
"""Identifies this process among all writers of figures; process ids are reused."""
MAX_FOLDED = 16
"""Ended processes that the sums name, so that their own files are ignored while they still exist."""
FOLDED_FILE = "gone.figures"
"""Sums of processes that the supervisor replaced, so that counters never fall."""

Figures = dict[str, Any]


def process_figures(hub: Hub) -> Figures:
    """Return the figures of this process."""
    counts = hub.counters
    blogs = {
        slug: {
            "readers": channel.reader_count,
            "holding": channel.current_count,
            "following": channel.audience_size,
            "seq": channel.replay_buffer.end,
            "audience": channel.latency.audience_size,
            "steps": channel.latency.steps,
        }
        for slug, channel in hub.channels.items()
    }
    return {
        "process": PROCESS,
        "blogs": blogs,
        "dropped": counts.dropped,
        "resumed": counts.resumed,
        "resets": counts.resets,
        "lookups": counts.backfills,
        "deliveries": counts.deliveries,
        "seconds": counts.seconds,
        "buckets": counts.buckets,
    }


async def write_figures(hub: Hub, folder: Path, keep_file: bool = False) -> None:
    """Write the figures every second until cancelled.

    Args:
        hub: source of the figures.
        folder: the `run` folder of the home.
        keep_file: leave the file to the supervisor at the end.
    """
    path = folder / f"{os.getpid()}.figures"
    try:
        while True:
            with contextlib.suppress(OSError):
                _write(path, process_figures(hub))
            await asyncio.sleep(WRITE_INTERVAL_SECONDS)
    finally:
        if not keep_file:
            path.unlink(missing_ok=True)


def _write(path: Path, figures: Figures) -> None:
    text = json.dumps(figures)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_atomically(path, text.encode(), durable=False)
    except OSError:  # full disk: overwrite in place; a reader may see half a write
        with path.open("r+", encoding="utf-8") as file:
            file.write(text)
            file.truncate()


def read_all(folder: Path) -> list[Figures]:
    """Return the figures of every living process, and the sums of ended ones.

    The sums are read last and name the processes that they contain; files of those are ignored. So a process that is
    being folded counts exactly once.
    """
    found = []
    for path in folder.glob("[0-9]*.figures"):
        with contextlib.suppress(OSError, ValueError):
            age, is_alive = time.time() - path.stat().st_mtime, is_process_alive(int(path.stem))
            if age < (MAX_AGE_SECONDS if is_alive else MAX_AGE_UNSEEN_SECONDS):
                found.append(_read(path))
            elif age > MAX_AGE_SECONDS and not is_alive:
                path.unlink(missing_ok=True)
    with contextlib.suppress(OSError, ValueError):
        sums = _read(folder / FOLDED_FILE)
        folded = sums.pop("folded", [])
        found = [one for one in found if one.get("process", "") not in folded] + [sums]
    return found


def _read(path: Path) -> Figures:
    figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    return figures


def remove_old_files(folder: Path) -> None:
    """Remove figures of earlier runs: an installation that starts counts from zero."""
    (folder / FOLDED_FILE).unlink(missing_ok=True)
    for path in folder.glob("[0-9]*.figures"):
        with contextlib.suppress(ValueError):
            if not is_process_alive(int(path.stem)):
                path.unlink(missing_ok=True)


def fold_ended_process(folder: Path, process: int) -> None:
    """Add the counters of an ended process to the sums; its readers are gone."""
    path = folder / f"{process}.figures"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # a damaged file loses its counts
        last = _read(path)
        known = [last, _read(folder / FOLDED_FILE)] if (folder / FOLDED_FILE).exists() else [last]
        names = last.keys() - {"blogs", "buckets", "process"}
        sums: Figures = {name: sum(one[name] for one in known) for name in names}
        sums["buckets"] = [sum(column) for column in zip(*(one["buckets"] for one in known), strict=True)]
        folded = [last.get("process", ""), *known[-1].get("folded", [])][:MAX_FOLDED]
        _write(folder / FOLDED_FILE, {"blogs": {}, **sums, "folded": folded})
        path.unlink()


def sum_figures(figures: Iterable[Figures], name: str) -> float:
    """Return one counter summed over all processes."""
    return float(sum(one[name] for one in figures))


def sum_for_live_blog(figures: Iterable[Figures], slug: str) -> Figures:
    """Return the figures of one live blog over all processes.

    The readers of a process that has not sent the newest change yet count as not holding it.
    """
    own = [one["blogs"][slug] for one in figures if slug in one["blogs"]]
    seq = max((one["seq"] for one in own), default=0)
    newest = [one for one in own if one["seq"] == seq]
    late = sum(one["following"] for one in own if one["seq"] != seq)
    steps = [(seconds, count) for one in newest for seconds, count in one["steps"]]
    audience = sum(one["audience"] for one in newest) + late
    return {
        "seq": seq,
        "readers": sum(one["readers"] for one in own),
        "holding": sum(one["holding"] for one in newest),
        "following": sum(one["following"] for one in own),
        "p50": quantile(steps, audience, 0.50) if audience else None,
        "p99": quantile(steps, audience, 0.99) if audience else None,
    }


def live_blog_slugs(figures: Iterable[Figures]) -> list[str]:
    """Return the slugs of live blogs with open streams."""
    return sorted({slug for one in figures for slug in one["blogs"]})


def read_readership(slug: str) -> Readership:
    """Return the readership of one live blog for the desk."""
    figures = read_all(process_socket().folder)
    found = sum_for_live_blog(figures, slug)
    counts = {name: int(sum_figures(figures, name)) for name in ("dropped", "resumed", "resets")}
    return Readership(found["readers"], found["holding"], found["following"], found["p99"], found["p50"], **counts)
