"""Time and memory of importing and exporting a list of subscribers.

    python -m bench.subscribers_csv [--rows 1000000]

Runs the program itself on a made-up list in a home of its own: first import, the same list again, export. Seconds are
wall-clock, memory is the process's largest resident set.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

PROGRAM = Path(sys.executable).parent / "stoppress"


def write_sample_list(path: Path, rows: int) -> None:
    """Return a shuffled list at five thousand domains."""
    with path.open("w", encoding="utf-8") as file:
        file.write("email,zone,language,confirmed_at\n")
        for number in range(rows):
            mixed = number * 7919 % rows
            file.write(f"reader{mixed}.x{mixed % 97}@d{mixed % 5000}.example.org,Europe/Oslo,en,2024-01-02T03:04:05Z\n")


def measure_run(*arguments: str, home: Path) -> float:
    """Return the seconds of one run of the program."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STOPPRESS_")}
    began = time.monotonic()
    environment |= {"STOPPRESS_HOME": str(home), "STOPPRESS_CONFIG": os.devnull}
    subprocess.run([PROGRAM, *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)
    return round(time.monotonic() - began, 1)


def main() -> int:
    """Measure and print one line of JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="stoppress-bench-") as folder:
        home, listed = Path(folder) / "home", Path(folder) / "list.csv"
        write_sample_list(listed, rows)
        figures: dict[str, float] = {"rows": rows}
        figures["import_s"] = measure_run("subscribers", "import", str(listed), home=home)
        figures["again_s"] = measure_run("subscribers", "import", str(listed), home=home)
        figures["export_s"] = measure_run("subscribers", "export", str(Path(folder) / "out.csv"), home=home)
    figures["rss_mib"] = round(getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024, 1)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
