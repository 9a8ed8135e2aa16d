"""The mailer: works off the ledger through the relay, in a process of its own.

freeze ──► claim a window (committed as in flight) ──► send over several connections ──► settle ──► …

worker.py      the loop, and how it ends        post_office.py   the ledger, one question at a time
books.py       what is read and written there   clerk.py         the process that has the books
lines.py       connections to the relays        rules.py         what an outcome means: pure
carrier.py     what takes messages              silence.py       connections that hang
begun_journal.py   what has begun on a connection, for the successor of a killed mailer
bench.py       parcels, and who carries them    copies.py        one reader's message
pace.py        how much a relay takes           breaker.py       domains that put us off
fence.py       no database from the past        only_one.py      who mails, and who is alive
keeping.py     no relay: mail is kept as files  process.py       standard input, signals, exit code
"""

from stoppress.delivery.sender.process import main
from stoppress.delivery.sender.send_loop import run_mailer

__all__ = ["main", "run_mailer"]
