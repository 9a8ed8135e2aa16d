"""The clock: work that is done at its time, once for an installation, whoever else runs.

jobs.py      when a job is due: pure
table.py     which jobs there are
journal.py   what ran last, and how it went
turn.py      of several clocks only one works
process.py   the loop that joins them
"""
