"""What the clock's jobs did, in a file of the home folder: read by the next clock, and by whoever is asked for figures.

It may be lost without harm: every job finds out from the database what is still to be done.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from stoppress.runtime.atomic_files import write_atomically
from stoppress.service.scheduler.job_schedule import Record

log = logging.getLogger(__name__)
NAME = "clock.json"


def read_journal(folder: Path) -> dict[str, Record]:
    """The record of each job by its name; empty if there is none, or none that can be read."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return {name: _record(row) for name, row in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("the clock's journal cannot be read: %s", error)
        return {}


def write_journal(folder: Path, records: Mapping[str, Record]) -> None:
    """Write it whole, or leave the old one as it is. Raises OSError."""
    text = json.dumps({name: _row(record) for name, record in records.items()})
    write_atomically(folder / NAME, text.encode(), durable=False)


def _row(record: Record) -> dict[str, Any]:
    return {
        "at": record.at.isoformat(),
        "well_at": record.well_at.isoformat() if record.well_at else None,
        "failures": record.failures,
        "runs": record.runs,
        "failed": record.failed,
    }


def _record(row: Mapping[str, Any]) -> Record:
    well_at = row["well_at"]
    return Record(
        at=datetime.fromisoformat(row["at"]),
        well_at=datetime.fromisoformat(well_at) if well_at else None,
        failures=int(row["failures"]),
        runs=int(row["runs"]),
        failed=int(row["failed"]),
    )
