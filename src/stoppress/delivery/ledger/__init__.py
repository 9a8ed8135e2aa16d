"""The ledger: one row per delivery, legal moves only, and a receipt that always adds up (law 8).

freezing.py    who is to get an alert, fixed at Send and written down in slices       recipients.py   who that is
claiming.py    a window of deliveries taken up: checked once more, then committed as in flight
boarding.py    recipients written down in flight from the first, while an alert leaves
docket.py      out of which alerts windows are taken            muting.py      what digests leave out, by window
settling.py    what became of them, one statement per batch
halting.py     deliveries stopped before they left       closing.py, expiring.py   their rows, slice by slice
resuming.py    what was halted, or is uncertain, let go on by an editor's word
setting_aside.py   what may have left already            receipt.py   the ledger added up
of_reader.py   all that was written down for one reader
"""
