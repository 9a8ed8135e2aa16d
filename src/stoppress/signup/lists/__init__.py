"""Lists of subscribers as files: brought in from other systems, and written out. Streaming: rows cost no memory.

    bytes ─► lines ─► records.py ─► shapes.py ─► bringing_in.py ─► tables.py
             (any encoding)  (CSV)   (whose file)   (who may come in)   (one statement per batch)

Every row is accounted for: brought in, known already, or refused with its number and the reason (law 12).
"""

from stoppress.signup.lists.column_mapping import FORMATS, BadFile, Refused, Row, rows
from stoppress.signup.lists.csv_records import Record, Torn, records
from stoppress.signup.lists.export_csv import write_out
from stoppress.signup.lists.formula_escaping import escaped
from stoppress.signup.lists.import_report import Tally
from stoppress.signup.lists.import_rows import BATCH, Bringing, bring_in

__all__ = [
    "BATCH",
    "FORMATS",
    "BadFile",
    "Bringing",
    "Record",
    "Refused",
    "Row",
    "Tally",
    "Torn",
    "bring_in",
    "escaped",
    "records",
    "rows",
    "write_out",
]
