"""Put a random sample of faults into the source and count how many the tests notice: `make mutation SAMPLE=40 SEED=1`.

The first run records which test reaches which line; a later one does so again if a source file has changed.
"""

import argparse
import hashlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutation.choose_tests import Recording
from tests.mutation.faults import Mutant, sample
from tests.mutation.trial import ROOT, Judge, SourceCopy, Verdict

SOURCE = ROOT / "src" / "stoppress"
FOLDER = ROOT / ".mutation"
PACKAGES = ("coverage", "delivery", "smtp", "inbound", "edge/live", "importing")
RECORDED_TESTS = ("tests/unit", "tests/integration")


@dataclass(frozen=True)
class Result:
    """One tried mutant."""

    package: str
    mutant: Mutant
    verdict: Verdict
    noticed_by: str

    def line(self) -> str:
        mutant = self.mutant
        return f"{self.verdict:<20} {mutant.name}: {mutant.before} -> {mutant.after}  {self.noticed_by}".rstrip()


def source_digest() -> str:
    """Return a digest of all source files, by which an outdated recording is recognised."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def record(jobs: int) -> None:
    """Run the tests once with coverage contexts. Tests that fail are recorded too: the judge leaves them out later."""
    FOLDER.mkdir(exist_ok=True)
    environment = os.environ | {
        "CI": "1",
        "COVERAGE_FILE": str(FOLDER / "coverage"),
        "MUTATION_DURATIONS": str(FOLDER / "durations.json"),
    }
    options = ["-q", f"-n{jobs}", "--cov", "--cov-context=test", "--cov-report=", "-p", "tests.mutation.recording"]
    subprocess.run([sys.executable, "-m", "pytest", *options, *RECORDED_TESTS], cwd=ROOT, env=environment, check=False)
    (FOLDER / "digest").write_text(source_digest(), encoding="utf-8")


def is_recorded() -> bool:
    digest = FOLDER / "digest"
    return digest.exists() and digest.read_text(encoding="utf-8") == source_digest()


def tests_written_since() -> list[str]:
    """Return test files that are newer than the recording: they are run whole for the mutants of their package."""
    recorded = (FOLDER / "digest").stat().st_mtime
    files = (path for name in RECORDED_TESTS for path in (ROOT / name).rglob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in files if path.stat().st_mtime > recorded]


def try_all(drawn: dict[str, list[Mutant]], jobs: int, budget: float) -> Iterator[Result]:
    """Try the mutants in parallel; yield results as they come."""
    recording = Recording(FOLDER, SOURCE)
    newer = tests_written_since()
    waiting: queue.SimpleQueue[tuple[str, Mutant, list[str]]] = queue.SimpleQueue()
    results: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
    judge = Judge({name for name in recording.durations if name.startswith("tests/unit/")})
    for package, mutants in drawn.items():
        for mutant in mutants:
            more = [path for path in newer if f"/{package.split('/')[0]}/" in path]
            waiting.put((package, mutant, [*more, *recording.tests_for(mutant, budget)]))

    def work() -> None:
        copy = SourceCopy()
        try:
            while True:
                package, mutant, tests = waiting.get_nowait()
                verdict, noticed_by = judge.verdict(copy, mutant, tests, budget)
                results.put(Result(package, mutant, verdict, noticed_by))
        except queue.Empty:
            pass
        except BaseException as error:
            results.put(error)
            raise
        finally:
            copy.remove()

    count = waiting.qsize()
    for _ in range(jobs):
        threading.Thread(target=work, daemon=True).start()
    for _ in range(count):
        result = results.get()
        if isinstance(result, BaseException):
            raise result
        yield result


def table(results: list[Result]) -> str:
    """Return a Markdown table: per package, how many mutants were tried and killed."""
    rows = ["| package | mutants | killed | share |", "| --- | ---: | ---: | ---: |"]
    for name in (*dict.fromkeys(result.package for result in results), "all"):
        verdicts = [result.verdict for result in results if name in (result.package, "all")]
        killed = sum(verdict.is_killed for verdict in verdicts)
        rows.append(f"| {name} | {len(verdicts)} | {killed} | {100 * killed / len(verdicts):.0f} % |")
    return "\n".join(rows)


def main() -> int:
    """Try the sample; exit code 1 if fewer than 90 % were noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutation testing of a random sample")
    parser.add_argument("--sample", type=int, default=40, help="how many mutants (40)")
    parser.add_argument("--seed", type=int, default=1, help="another number draws other mutants (1)")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, help="folders of src/stoppress")
    parser.add_argument("--only", nargs="+", default=[], help="names of mutants of this sample to try again")
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests per mutant, the quickest first (60)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants tried at once (2)")
    parser.add_argument("--list", action="store_true", help="print the sample and try nothing")
    parser.add_argument("--keep-recording", action="store_true", help="use the recording though the source has changed")
    options = parser.parse_args()
    drawn = sample({name: SOURCE / name for name in options.packages}, options.sample, options.seed)
    if options.only:
        drawn = {name: [one for one in mutants if one.name in options.only] for name, mutants in drawn.items()}
    if options.list:
        for mutant in (mutant for mutants in drawn.values() for mutant in mutants):
            print(f"{mutant.name}: {mutant.before} -> {mutant.after}")
        return 0
    if not is_recorded() and not options.keep_recording:
        record(2 * options.jobs)
    results = []
    for result in try_all(drawn, options.jobs, options.budget):
        results.append(result)
        print(result.line(), flush=True)
    print(f"\nsample {options.sample}, seed {options.seed}\n\n{table(results)}")
    return 0 if sum(result.verdict.is_killed for result in results) >= 0.9 * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
