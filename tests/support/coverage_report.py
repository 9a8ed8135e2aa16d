"""Print branch coverage per package, and write docs/coverage.md: `python -m tests.support.coverage_report [--write]`.

`make test` measures and prints; `make coverage` writes the page from the latest measurement.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "coverage.md"
INTRODUCTION = """\
# Test coverage

`make test` measures which statements and branches of the product the tests run; `make coverage` writes this page from
the latest whole run. Processes that a test kills do not report what they ran, so the true figures are a little higher.

| package | statements | branches | covered |
| --- | ---: | ---: | ---: |
"""


@dataclass
class Counts:
    """Statements and branches of one package: how many there are, and how many the tests ran."""

    statements: int = 0
    branches: int = 0
    covered: int = 0

    @property
    def percent(self) -> float:
        """Share of statements and branches that the tests ran, in percent; 100 for an empty package."""
        total = self.statements + self.branches
        return 100.0 * self.covered / total if total else 100.0


def package_of(path: str) -> str:
    """Return the package of a source file, two levels deep: `edge/cache` for src/stoppress/edge/cache/build_id.py."""
    folders = Path(path).parts
    inner = folders[folders.index("stoppress") + 1 : -1]
    return "/".join(inner[:2]) or "stoppress"


def counts_by_package(files: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Counts]:
    """Add up the files of coverage.py's JSON report by package, with the total under `all`."""
    found: dict[str, Counts] = defaultdict(Counts)
    for path, report in files.items():
        summary = report["summary"]
        for name in (package_of(path), "all"):
            counts = found[name]
            counts.statements += summary["num_statements"]
            counts.branches += summary["num_branches"]
            counts.covered += summary["covered_lines"] + summary["covered_branches"]
    total = found.pop("all", Counts())
    return dict(sorted(found.items())) | {"all": total}


def read_report() -> dict[str, Counts]:
    """Read the measurement that lies in the checkout.

    Raises:
        subprocess.CalledProcessError: There is none.
    """
    with tempfile.TemporaryDirectory(prefix="stoppress-coverage-") as folder:
        target = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(target)]
        subprocess.run(command, cwd=ROOT, check=True)
        return counts_by_package(json.loads(target.read_text(encoding="utf-8"))["files"])


def as_page(packages: Mapping[str, Counts]) -> str:
    """Return the page for docs/, one row per package and the total last."""
    rows = [
        f"| {name} | {counts.statements:,} | {counts.branches:,} | {counts.percent:.1f} % |"
        for name, counts in packages.items()
    ]
    return INTRODUCTION + "\n".join(rows) + "\n"


def main() -> int:
    """Print the table, and with `--write` write the page; exit code 1 if nothing was measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.coverage_report", description="Branch coverage")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    try:
        packages = read_report()
    except subprocess.CalledProcessError:
        print("no coverage was measured: run `make test` first", file=sys.stderr)
        return 1
    for name, counts in packages.items():
        print(f"{name:<32}{counts.statements:>8,} statements{counts.branches:>8,} branches{counts.percent:>8.1f} %")
    if options.write:
        PAGE.write_text(as_page(packages), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
