"""Compare a run of `python -m bench fanout` with its targets.

A target that is a ratio binds as it stands; one in seconds, or per second, binds as that or as 1.5 times what a bare
loop of sends took in the same run, whichever is more: nothing can be faster than the machine.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.figures import Figure

SHARE_OF_NCHAN = 0.75
P99 = 100.0
"""Milliseconds."""
SLACK = 1.5
"""Times the bare loop."""
READER_BYTES, SHARE_OF_NCHAN_BYTES, STALLED_BYTES = 2048, 0.25, 64 * 1024
PER_CORE_SECOND = 150_000


@dataclass
class Run:
    """Results of one server. Times in seconds, one list item per publication."""

    readers: int
    last: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """The server's CPU time, less what its heartbeats take in that time."""
    client: list[float] = field(default_factory=list)
    """The readers' CPU time."""
    idle: float = 0.0
    """The server's CPU seconds per second while nothing is published."""
    opening: float = 0.0
    """Seconds until all streams were open."""
    reader_bytes: float = 0.0

    def add(self, begun: float, heard: dict[str, Any]) -> None:
        """Note one publication."""
        if heard["got"] < self.readers:
            raise RuntimeError(f"only {heard['got']} of {self.readers} readers heard")
        self.last.append(heard["moments"]["last"] - begun)
        self.p99.append(heard["moments"]["p99"] - begun)


def compare_with_targets(runs: dict[str, Run], publishing: list[float], readers: int) -> Iterator[Figure]:
    """Yield the figures of one change to all readers; `publishing`: CPU seconds of a publication without readers."""
    ours, bare, theirs = runs["ours"], runs["bare"], runs.get("nchan")
    yield from _times(ours, bare, theirs)
    yield from _memory(ours, bare, theirs)
    yield from _cpu(runs, statistics.median(publishing), readers)


def _times(ours: Run, bare: Run, theirs: Run | None) -> Iterator[Figure]:
    last, rival = _ms(ours.last), _ms(theirs.last) if theirs else None
    bound = max(P99, SLACK * _ms(bare.p99))
    note = f"through the API, commit included; median of {_range(ours.last)}"
    yield Figure("publish_to_last_reader", last, "ms", note=note, peer=rival, bare=_ms(bare.last))
    yield Figure(
        "publish_to_99_percent",
        _ms(ours.p99),
        "ms",
        f"≤ {bound:.0f} ({P99:.0f}, or {SLACK} × bare)",
        _range(ours.p99),
        peer=_ms(theirs.p99) if theirs else None,
        bare=_ms(bare.p99),
        met=_ms(ours.p99) <= bound,
    )
    yield Figure("bare_loop_last_reader", _ms(bare.last), "ms", note=f"one send per socket; {_range(bare.last)}")
    yield Figure("nchan_last_reader", rival, "ms", note=_range(theirs.last) if theirs else "nchan is not installed")
    yield _share("ratio_to_nchan", last, rival, SHARE_OF_NCHAN, note="last reader ÷ nchan's last reader")
    yield Figure("ratio_to_bare_loop", last / _ms(bare.last), note="a bare loop of one thread is 1")


def _memory(ours: Run, bare: Run, theirs: Run | None) -> Iterator[Figure]:
    mine, rival = ours.reader_bytes, theirs.reader_bytes if theirs else None
    target = f"≤ {READER_BYTES:,}"
    yield Figure("memory_per_reader", mine, "B", target, peer=rival, met=mine <= READER_BYTES)
    yield Figure("nchan_memory_per_reader", rival, "B")
    yield _share("memory_ratio_to_nchan", mine, rival, SHARE_OF_NCHAN_BYTES)
    peer = theirs.opening if theirs else None
    yield Figure("open_all_readers", ours.opening, "s", note="one after the other", peer=peer, bare=bare.opening)


def _cpu(runs: dict[str, Run], publishing: float, readers: int) -> Iterator[Figure]:
    ours, bare, theirs = runs["ours"], runs["bare"], runs.get("nchan")
    mine = readers / (statistics.median(ours.cpu) - publishing)
    least = readers / statistics.median(bare.cpu)
    rival = readers / statistics.median(theirs.cpu) if theirs else None
    bound = min(PER_CORE_SECOND, least / SLACK)
    target = f"≥ {bound:,.0f} ({PER_CORE_SECOND:,}, or {SLACK} × the bare loop's CPU)"
    note = "less what publishing costs without readers, and heartbeats"
    yield Figure("cpu_per_delivery", 1e6 / mine, "µs", note=note, bare=1e6 / least, peer=1e6 / rival if rival else None)
    yield Figure("cpu_to_publish_without_readers", publishing * 1000, "ms")
    yield Figure("deliveries_per_core_second", mine, "/s", target, peer=rival, bare=least, met=mine >= bound)
    yield Figure("deliveries_ratio_to_bare_loop", mine / least, note="CPU of a bare send per socket ÷ ours")
    yield Figure("bare_loop_deliveries_per_core_second", least, "/s")
    yield Figure("nchan_deliveries_per_core_second", rival, "/s")
    for name, run in (("server", ours.cpu), ("client", ours.client)):
        busy = statistics.median(run) / statistics.median(ours.last)
        yield Figure(f"{name}_busy", busy, note="CPU ÷ time to the last reader: the server is to be the bottleneck")


def compare_stalled(without: Run, with_them: Run, grown: float) -> Iterator[Figure]:
    """Yield the figures of other readers while some are stalled; noise is the interquartile range without them."""
    calm, disturbed = _ms(without.p99), _ms(with_them.p99)
    low, _, high = statistics.quantiles(without.p99, n=4) if len(without.p99) > 1 else (0.0, 0.0, 0.0)
    bound = calm + max((high - low) * 1000, 0.1 * calm)
    yield Figure("p99_without_stalled_readers", calm, "ms", note=_range(without.p99))
    target = f"≤ {bound:.0f} (as without, within noise)"
    yield Figure("p99_with_stalled_readers", disturbed, "ms", target, _range(with_them.p99), met=disturbed <= bound)
    note = "growth while they take nothing"
    yield Figure("memory_per_stalled_reader", grown, "B", f"≤ {STALLED_BYTES:,}", note, met=grown <= STALLED_BYTES)


def _share(name: str, mine: float, rival: float | None, most: float, note: str = "") -> Figure:
    ratio = mine / rival if rival else None
    return Figure(name, ratio, "", f"≤ {most}", note, met=None if ratio is None else ratio <= most)


def _ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def _range(seconds: list[float]) -> str:
    return f"{len(seconds)} publications, {min(seconds) * 1000:.0f}–{max(seconds) * 1000:.0f} ms"
