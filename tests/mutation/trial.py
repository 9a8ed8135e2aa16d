"""Try mutants: a copy of the source with the fault in it, and pytest on the chosen tests, with a limit of time."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutation.faults import Mutant

ROOT = Path(__file__).parents[2]
FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?\.py(?:::\w+)*)", re.MULTILINE)
SECONDS_FOR_FILES = 900  # of test files that are newer than the recording: nothing shows how long they take
SECONDS_TO_START = 90  # of pytest with Django and a new database, on a busy machine


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "killed (time limit)"
    SURVIVED = "survived"
    NOT_REACHED = "survived (no test reaches it)"

    @property
    def is_killed(self) -> bool:
        """True if a test noticed the fault."""
        return self in (Verdict.KILLED, Verdict.TIMED_OUT)


@dataclass(frozen=True)
class Run:
    """The end of one pytest run; `code` is None if it was ended at its time limit."""

    code: int | None
    output: str

    @property
    def failed_test(self) -> str:
        """The first test function that failed; empty if none was named, for instance if nothing could be imported."""
        found = FAILED.search(self.output)
        return found[1] if found else ""


class SourceCopy:
    """A copy of `src` that is searched before the installed one, also by processes that tests start."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stoppress-mutation-"))
        shutil.copytree(ROOT / "src" / "stoppress", self.folder / "stoppress")

    def try_mutant(self, mutant: Mutant, tests: list[str], seconds: float) -> Run:
        """Run the tests on the source with this fault, and take the fault out again."""
        target = self.folder / "stoppress" / mutant.path.relative_to(ROOT / "src" / "stoppress")
        original = target.read_bytes()
        for compiled in target.parent.glob(f"__pycache__/{target.stem}.*.pyc"):
            compiled.unlink()
        target.write_text(mutant.source(), encoding="utf-8")
        try:
            return self.run(tests, seconds)
        finally:
            target.write_bytes(original)

    def run(self, tests: list[str], seconds: float) -> Run:
        """Run test functions or files on the copy until the first failure."""
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",  # two mutants may share the second and size that identify compiled files
            "CI": "1",  # the same examples of property tests each time
        }
        options = ["-x", "-q", "-n0", "--no-cov", "-p", "no:cacheprovider", "--tb=no", "-rfE", "--show-capture=no"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                code: int | None = process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                code = None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what the tests have started and left
            process.wait()
            output.seek(0)
            return Run(code, output.read())

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Judge:
    """Separate faults that tests notice from tests that fail on the unchanged source too, and leave those tests out.

    Args:
        sound: Tests that are known to pass without a fault; any other one that fails is run again once.
    """

    def __init__(self, sound: set[str]) -> None:
        self.sound = sound
        self.unsound: set[str] = set()

    def verdict(self, copy: SourceCopy, mutant: Mutant, tests: list[str], budget: float) -> tuple[Verdict, str]:
        """Return the verdict with the test that noticed the fault."""
        while tests := [test for test in tests if test not in self.unsound]:
            has_files = any("::" not in test for test in tests)
            seconds = SECONDS_TO_START + 5 * budget + (SECONDS_FOR_FILES if has_files else 0)
            run = copy.try_mutant(mutant, tests, seconds)
            if run.code is None:
                return Verdict.TIMED_OUT, ""
            if run.code == 0:
                return Verdict.SURVIVED, ""
            failed = run.failed_test
            if (
                not failed
                or failed.startswith("tests/unit/")
                or failed in self.sound
                or copy.run([failed], seconds).code == 0
            ):
                self.sound |= {failed} - {""}
                return Verdict.KILLED, failed or "the tests do not start"
            self.unsound.add(failed)
        return Verdict.NOT_REACHED, ""
