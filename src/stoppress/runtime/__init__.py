"""Mechanisms that every process uses. This package imports nothing else of the project.

clock.py              current time, and its machine-readable format
errors.py             base class of the project's errors
atomic_files.py       files that are replaced as a whole
networks.py           client addresses and their networks
http_head.py          parsed headers of a request
keyed_digests.py      keyed digests that protect short texts
mail_masking.py       masked mail addresses
text_cleaning.py      what text may contain
formula_escaping.py   table cells that a spreadsheet must not run as formulas
notifications.py      wake-up notifications within a process and between processes
rate_limits.py        rate limits, counted in the database (models.py)
storage_faults.py     errors of database and disk that are no fault of a request
restore_detection.py  detection of a database or home folder restored from a backup
log_throttle.py       throttled log lines about a repeated failure
ttl_cache.py          cache for one costly value
processes/            child processes, leader locks and stop signals
"""
