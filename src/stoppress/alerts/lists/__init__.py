"""Lists of subscribers as files: brought in from other systems, and written out. Streaming: rows cost no memory.

    bytes ─► lines ─► records.py ─► shapes.py ─► bringing_in.py ─► tables.py
             (any encoding)  (CSV)   (whose file)   (who may come in)   (one statement per batch)

Every row is accounted for: brought in, known already, or refused with its number and the reason (law 12).
"""

from stoppress.alerts.lists.bringing_in import BATCH, Bringing, bring_in
from stoppress.alerts.lists.escaping import escaped
from stoppress.alerts.lists.records import Record, Torn, records
from stoppress.alerts.lists.shapes import FORMATS, BadFile, Refused, Row, rows
from stoppress.alerts.lists.tally import Tally
from stoppress.alerts.lists.writing import write_out

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
