"""Digests: what a topic had since its readers' last morning or evening, compiled on schedule.

editions.py           which digest is due in a zone: pure
edition_ranges.py     what an edition covers: positions in committed logs
collect_coverage.py   the topic's coverage in that range, read from the log
compile_digests.py    the alerts that carry digests, each created once
replace_outdated.py   new digests for those whose items were corrected or withdrawn

The content of a digest is in delivery/message/digest_content.py, its variants for readers who muted some of its
stories in delivery/message/digest_mutes.py.
"""
