"""Digests: what a topic had since its readers' last morning or evening, compiled by itself.

editions.py    which digest is due where, and which time it covers: pure
items.py       what it says: pure
muted.py       what is left of it for who has muted some of its stories: pure
gathering.py   the topic's coverage in that time, read from the log
compiling.py   the alerts that carry it, each made once
overtaken.py   digests whose items have been corrected or withdrawn since
replacing.py   what becomes of them
"""
