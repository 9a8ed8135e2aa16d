"""Mechanisms that every process uses: no models, nothing of the project is imported.

clock.py          the time, and its format for machines
atomic_files.py   files that are replaced as a whole
networks.py       client addresses and their networks
mail_masking.py   mail addresses for readers who need not see them
parent_pipe.py    the end of standard input that a parent process holds
stop_signal.py    when a process without an event loop is to stop
leader_lock.py    one of several processes works: a locked file
database_lock.py  the same with a PostgreSQL advisory lock
http_head.py      the head of a request: parsing, and its conditions and encodings
"""
