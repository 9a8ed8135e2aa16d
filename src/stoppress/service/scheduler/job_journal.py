"""Journal of job runs in a file of the home folder, read by the next scheduler and by monitoring.

Losing it does no harm: every job derives its remaining work from the database.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from stoppress.runtime.atomic_files import write_atomically
from stoppress.service.scheduler.job_schedule import JobRecord

log = logging.getLogger(__name__)
JOURNAL_FILE = "clock.json"


def read_journal(folder: Path) -> dict[str, JobRecord]:
    """Return the record of each job by name; empty if there is no readable journal."""
    try:
        rows = json.loads((folder / JOURNAL_FILE).read_text(encoding="utf-8"))
        return {name: _record(row) for name, row in rows.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("scheduler journal cannot be read: %s", error)
        return {}


def write_journal(folder: Path, records: Mapping[str, JobRecord]) -> None:
    """Replace the journal atomically.

    Raises:
        OSError: it cannot be written; the old one stays.
    """
    text = json.dumps({name: _row(record) for name, record in records.items()})
    write_atomically(folder / JOURNAL_FILE, text.encode(), durable=False)


def _row(record: JobRecord) -> dict[str, Any]:
    return {
        "at": record.at.isoformat(),
        "succeeded_at": record.succeeded_at.isoformat() if record.succeeded_at else None,
        "failures": record.failures,
        "runs": record.runs,
        "failed": record.failed,
    }


def _record(row: Mapping[str, Any]) -> JobRecord:
    succeeded_at = row["succeeded_at"]
    return JobRecord(
        at=datetime.fromisoformat(row["at"]),
        succeeded_at=datetime.fromisoformat(succeeded_at) if succeeded_at else None,
        failures=int(row["failures"]),
        runs=int(row["runs"]),
        failed=int(row["failed"]),
    )
