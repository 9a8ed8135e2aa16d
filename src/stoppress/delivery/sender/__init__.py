"""The mailer: a process that sends the deliveries in the ledger through the relays.

materialise recipients ──► claim (committed as in flight) ──► send over several connections ──► settle ──► …

process.py                standard input, signals, exit code
send_loop.py              the loop and how it ends
ledger_client.py          the ledger for the event loop, one call at a time
ledger_process.py         the child process that has the database connection
ledger_store.py           what the mailer reads and writes in the ledger
settlement_rules.py       the result of a delivery from the outcome of its message; pure
transmission_journal.py   deliveries whose transmission has started, for the successor of a killed mailer
mailer_lock.py            one mailer per home folder; which mailers are alive
restored_database.py      sends nothing twice after a database was restored from a backup
interactive_pause.py      sends nothing for moments while the newsroom saves or readers get a post
peers.py                  short batches while other processes wait to write to SQLite
"""

from stoppress.delivery.sender.process import main
from stoppress.delivery.sender.send_loop import run_mailer

__all__ = ["main", "run_mailer"]
