"""Lists of subscribers as files: brought in from other systems, and written out. Streaming: rows cost no memory.

    bytes ─► lines ─► records.py ─► shapes.py ─► bringing_in.py ─► tables.py
             (any encoding)  (CSV)   (whose file)   (who may come in)   (one statement per batch)

Every row is accounted for: brought in, known already, or refused with its number and the reason (law 12).
"""

from stoppress.signup.lists.column_mapping import FORMATS, InvalidListError, RejectedRow, ImportRow, map_rows
from stoppress.signup.lists.csv_records import CsvRecord, MalformedLine, read_records
from stoppress.signup.lists.export_csv import export_subscriptions
from stoppress.runtime.formula_escaping import escape_formula
from stoppress.signup.lists.import_report import ImportReport
from stoppress.signup.lists.import_rows import ROWS_PER_TRANSACTION, ImportRun, import_subscribers

__all__ = [
    "ROWS_PER_TRANSACTION",
    "FORMATS",
    "InvalidListError",
    "ImportRun",
    "CsvRecord",
    "RejectedRow",
    "ImportRow",
    "ImportReport",
    "MalformedLine",
    "import_subscribers",
    "escape_formula",
    "read_records",
    "map_rows",
    "export_subscriptions",
]
