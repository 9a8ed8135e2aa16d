"""Evaluate bounce parsing on labelled messages: `python -m bench.bounces [FOLDER] [--folds N] [--json]`.

FOLDER holds `labels.csv` (file, recipient, status, reply, reason, hard) and `messages/`; without it ../shared/bounces
beside the checkout is used; if that is missing too, the evaluation is skipped. `--misses` lists errors, `--only LIST`
reads only the files named in a text file. `--folds N` splits the files by their hash, prints each fold and then the
worst value of each figure: rules that were written while looking at one fold are judged by the others.
Counted per labelled recipient:

found          a bounce or delay is reported, with an address (the labels name none, so they are counted)
complaints     feedback reports recognised
auto-replies   likewise
dead right     of the labelled bounces: dead exactly where the label is; a bounce not found counts as wrong
killed         of the labelled bounces whose address lives: called dead
reason         the same reason, by the words of the labels
"""

import argparse
import csv
import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")

from stoppress.delivery.message.verp_addresses import ForgedAddressError, SignedMailbox
from stoppress.inbound.bounces import BounceReason, RecipientReport, ReportKind, parse_report

BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "bounces"
TARGETS = {"found": 97.0, "complaints": 95.0, "dead_right": 95.0, "killed": 1.0}
LOWER_IS_BETTER = frozenset({"killed"})
FOLD_FIGURES = ("found", "dead_right", "killed", "reason")

#: The labels' words where they are not ours without underscores.
WORDS = {
    "notaccept": BounceReason.NOT_ACCEPTED,
    "suspend": BounceReason.SUSPENDED,
    "rejected": BounceReason.SENDER_REJECTED,
    "contenterror": BounceReason.CONTENT,
    "mesgtoobig": BounceReason.TOO_BIG,
    "exceedlimit": BounceReason.TOO_BIG,
    "emailtoolarge": BounceReason.TOO_BIG,
    "notcompliantrfc": BounceReason.NOT_COMPLIANT,
    "failedstarttls": BounceReason.STARTTLS_FAILED,
    "norelaying": BounceReason.RELAYING_DENIED,
    "securityerror": BounceReason.SECURITY,
    "speeding": BounceReason.RATE_LIMITED,
    "ratelimited": BounceReason.RATE_LIMITED,
    "requireptr": BounceReason.REQUIRES_PTR,
    "toomanyconn": BounceReason.RATE_LIMITED,
}
WORDS |= {reason.replace("_", ""): reason for reason in BounceReason}


@dataclass
class Share:
    """A count of a total."""

    right: int = 0
    of: int = 0

    def count(self, right: bool) -> None:
        """Count one case."""
        self.right += right
        self.of += 1

    @property
    def percent(self) -> float | None:
        """Return the share in percent; None without cases."""
        return round(100 * self.right / self.of, 1) if self.of else None


@dataclass
class EvaluationCounts:
    """All counts, and the errors."""

    found: Share = field(default_factory=Share)
    complaints: Share = field(default_factory=Share)
    auto_replies: Share = field(default_factory=Share)
    dead_right: Share = field(default_factory=Share)
    killed: Share = field(default_factory=Share)
    reason: Share = field(default_factory=Share)
    misses: list[str] = field(default_factory=list)


def count(
    tally: EvaluationCounts, name: str, labels: list[dict[str, str]], findings: tuple[RecipientReport, ...]
) -> None:
    """Compare one message's labels with its findings, in order."""
    for label, finding in zip_longest(labels, findings[: len(labels)]):
        wanted, kind = label["reason"], finding.kind if finding else ReportKind.NOTHING
        if wanted == "feedback":
            right = kind in (ReportKind.COMPLAINT, ReportKind.UNSUBSCRIBE, ReportKind.AUTHENTICATION)
            tally.complaints.count(right)
        elif wanted == "vacation":
            right = kind is ReportKind.AUTO_REPLY
            tally.auto_replies.count(right)
        else:
            right = _count_bounce(tally, label, finding)
        if not right:
            got = (
                f"{kind} {finding.reason} {finding.status} {finding.code} dead={finding.dead}" if finding else "nothing"
            )
            tally.misses.append(
                f"{name} {label['recipient']}: {wanted} {label['status']} hard={label['hard']}, got {got}"
            )


def _count_bounce(tally: EvaluationCounts, label: dict[str, str], finding: RecipientReport | None) -> bool:
    hard = label["hard"] == "True"
    found = finding is not None and finding.kind in (ReportKind.BOUNCE, ReportKind.DELAYED) and bool(finding.address)
    dead = finding is not None and finding.dead
    same = finding is not None and finding.reason == WORDS.get(label["reason"], BounceReason.UNDEFINED)
    tally.found.count(found)
    tally.dead_right.count(found and dead == hard)
    if not hard:
        tally.killed.count(dead)
    tally.reason.count(same)
    return found and same and dead == hard


def evaluate(folder: Path, only: set[str] | None = None) -> tuple[EvaluationCounts, float]:
    """Parse every labelled message; also return the seconds of the slowest."""
    labels: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            labels[row["file"]].append(row)
    tally, slowest = EvaluationCounts(), 0.0
    for name, rows_of in sorted(labels.items()):
        path = folder / "messages" / name
        if not path.exists() or (only is not None and name not in only):
            continue
        started = time.perf_counter()
        report = parse_report(path.read_bytes(), verify=_none_of_ours)
        slowest = max(slowest, time.perf_counter() - started)
        count(tally, name, rows_of, report.recipients)
    return tally, slowest


def fold_of(name: str, folds: int) -> int:
    """Return the fold of a file, from 0, by the hash of its name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()) % folds


def evaluate_folds(folder: Path, folds: int, only: set[str] | None = None) -> list[EvaluationCounts]:
    """Evaluate each fold by itself."""
    names = {path.name for path in (folder / "messages").iterdir() if only is None or path.name in only}
    return [evaluate(folder, {name for name in names if fold_of(name, folds) == fold})[0] for fold in range(folds)]


def worst_percents(tallies: list[EvaluationCounts]) -> dict[str, float]:
    """Return the worst fold's value of each figure, without folds that have no case of it."""
    worst: dict[str, float] = {}
    for name in FOLD_FIGURES:
        percents = [share.percent for tally in tallies if (share := getattr(tally, name)).percent is not None]
        if percents:
            worst[name] = max(percents) if name in LOWER_IS_BETTER else min(percents)
    return worst


def _print_folds(tallies: list[EvaluationCounts]) -> None:
    print("fold   " + "".join(f"{name.replace('_', ' '):>22}" for name in FOLD_FIGURES))
    for fold, tally in enumerate(tallies, 1):
        shares = [getattr(tally, name) for name in FOLD_FIGURES]
        cells = (f"{share.right:>7} of {share.of:<4}{share.percent or 0:>6.1f} %" for share in shares)
        print(f"{fold:<7}" + "".join(cells))
    worst = worst_percents(tallies)
    print("worst  " + "".join(f"{worst[name]:>20.1f} %" if name in worst else f"{'':>22}" for name in FOLD_FIGURES))


def _none_of_ours(mailbox: SignedMailbox, address: str) -> tuple[int, ...]:
    raise ForgedAddressError


def main() -> int:
    """Print the table, or one line of JSON."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("folder", nargs="?", type=Path, default=BESIDE)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--misses", action="store_true")
    arguments.add_argument("--only", type=Path)
    arguments.add_argument("--folds", type=int, default=0, metavar="N")
    given = arguments.parse_args()
    if not (given.folder / "labels.csv").is_file():
        print(json.dumps({"skipped": True}) if given.json else f"skipped: no labelled messages in {given.folder}")
        return 0
    only = set(given.only.read_text(encoding="utf-8").split()) if given.only else None
    if given.folds > 1:
        tallies = evaluate_folds(given.folder, given.folds, only)
        if given.json:
            print(json.dumps({"folds": given.folds, "worst": worst_percents(tallies)}))
        else:
            _print_folds(tallies)
        return 0
    tally, slowest = evaluate(given.folder, only)
    shares = {name: share for name, share in vars(tally).items() if isinstance(share, Share)}
    if given.misses:
        print("\n".join(tally.misses))
    if given.json:
        figures = {name: {"percent": share.percent, "of": share.of} for name, share in shares.items()}
        print(json.dumps({**figures, "slowest_ms": round(slowest * 1000, 1)}))
        return 0
    for name, share in shares.items():
        target = f"target {'≤' if name == 'killed' else '≥'} {TARGETS[name]:g} %" if name in TARGETS else ""
        print(f"{name.replace('_', ' '):<14}{share.right:>5} of {share.of:<5}{share.percent or 0:>6.1f} %   {target}")
    print(f"slowest message {slowest * 1000:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
