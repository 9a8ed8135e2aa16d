"""Choose the tests that reach a mutant's lines, from what a recording run measured with coverage.py's contexts."""

import json
from functools import cache
from pathlib import Path

from coverage import CoverageData

from tests.mutation.faults import Mutant


class Recording:
    """Which test functions ran which lines, and how long each of them takes.

    Args:
        folder: Where the recording run left `coverage` and `durations.json`.
        source: The package's folder at that time.
    """

    def __init__(self, folder: Path, source: Path) -> None:
        self.source = source
        self.data = CoverageData(str(folder / "coverage"))
        self.data.read()
        self.durations: dict[str, float] = json.loads((folder / "durations.json").read_text(encoding="utf-8"))
        self.tests_by_line = cache(self._tests_by_line)
        self.imported_by = cache(self._imported_by)

    def tests_for(self, mutant: Mutant, budget: float) -> list[str]:
        """Return tests for one mutant, the quickest first, as many as take `budget` seconds together (at least one).

        A line that runs when its module is imported belongs to no test. Its tests are those that run anything of the
        module, or else of the modules that import it.
        """
        lines = self.tests_by_line(mutant.path)
        reaching: set[str] = set()
        if mutant.in_function and lines.get(mutant.last) != set():  # a default is in a function, but runs at import
            reaching = lines.get(mutant.last, set()) or set().union(
                *(lines.get(number, set()) for number in range(mutant.first, mutant.last + 1))
            )
        else:
            for path in (mutant.path, *self.imported_by(mutant.path)):
                reaching |= set().union(*self.tests_by_line(path).values())
        chosen: list[str] = []
        spent = 0.0
        for test in sorted(reaching, key=lambda name: (self.durations.get(name, 0.0), name)):
            spent += self.durations.get(test, 0.0)
            if chosen and spent > budget:
                break
            chosen.append(test)
        return chosen

    def _tests_by_line(self, path: Path) -> dict[int, set[str]]:
        contexts = self.data.contexts_by_lineno(str(path))
        found = {
            line: {name.partition("|")[0].partition("[")[0] for name in names if name}
            for line, names in contexts.items()
        }
        return {line: tests & self.durations.keys() for line, tests in found.items()}

    def _imported_by(self, path: Path) -> list[Path]:
        """Return modules of the same package whose text imports the module."""
        package = self.source / path.relative_to(self.source).parts[0]
        dotted = ".".join(("stoppress", *path.relative_to(self.source).with_suffix("").parts))
        parent, _, name = dotted.rpartition(".")
        spellings = (f"from {dotted} import", f"import {dotted}\n", f"from {parent} import {name}")
        texts = ((other, other.read_text(encoding="utf-8")) for other in package.rglob("*.py") if other != path)
        return [other for other, text in texts if any(spelling in text for spelling in spellings)]
