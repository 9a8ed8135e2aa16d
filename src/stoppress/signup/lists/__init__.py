"""Subscriber lists as files: import from other systems, and export. Both stream, so that rows cost no memory.

    bytes ─► lines ─► csv_records ─► column_mapping ─► import_rows ─► bulk_tables
           (any encoding)   (CSV)   (header, system of origin)   (checks)   (one statement per batch)

Each row is accounted for: imported, already subscribed, or rejected with its number and the reason (law 12).
"""

from stoppress.signup.lists.column_mapping import FORMATS, ImportRow, RejectedRow, map_rows
from stoppress.signup.lists.csv_records import CsvRecord, MalformedLine, read_records
from stoppress.signup.lists.export_csv import export_subscriptions
from stoppress.signup.lists.import_report import ImportReport
from stoppress.signup.lists.import_rows import ROWS_PER_TRANSACTION, ImportRun, import_subscribers
from stoppress.signup.lists.list_layout import InvalidListError

__all__ = [
    "FORMATS",
    "ROWS_PER_TRANSACTION",
    "CsvRecord",
    "ImportReport",
    "ImportRow",
    "ImportRun",
    "InvalidListError",
    "MalformedLine",
    "RejectedRow",
    "export_subscriptions",
    "import_subscribers",
    "map_rows",
    "read_records",
]
