"""The decoder process: `python -m stoppress.imaging.decoder FOLDER` with the file on standard input.

It writes the files into FOLDER and one line of JSON to standard output: what it wrote, or why the file is refused. It
limits itself before it reads the first byte, so a file that costs too much ends this process and no other.
"""

import contextlib
import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path

MAX_MEMORY_BYTES = 768 * 1024 * 1024
"""Address space, with the interpreter and its libraries: a picture of 50 million pixels and its copy fit in."""
MAX_CPU_SECONDS = 20
MAX_FILE_BYTES = 32 * 1024 * 1024
NICENESS = 10
KILL_FIRST = "1000"
"""Adjustment by which the kernel ends this process first if the machine runs out of memory."""


def main() -> None:
    """Decode the file on standard input."""
    _limit_resources()
    from stoppress.imaging.renditions import write_renditions
    from stoppress.imaging.results import Refusal, RefusedPictureError

    try:
        result = asdict(write_renditions(sys.stdin.buffer.read(), Path(sys.argv[1])))
    except RefusedPictureError as error:
        result = {"refusal": error.reason, "detail": error.detail}
    except MemoryError:
        result = {"refusal": Refusal.COSTLY, "detail": ""}
    print(json.dumps(result))


def _limit_resources() -> None:
    for limit, maximum in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (maximum, maximum))
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text(KILL_FIRST)


if __name__ == "__main__":
    main()
