"""What comes back to us, taken in and acted upon.

    a mail server ──SMTP, LMTP──► visit, listener ─┐
    a mailbox ────────IMAP──────► mailbox ─────────┼─► mail ─► taking ─► facts, and what follows from them
    a mail service ──webhooks───► hooks ───────────┘           deeds      (one transaction, then "250", "200")

door.py       which addresses take mail: ours, by their signature, and no others
visit.py      SMTP and LMTP from the receiver's side, without sockets; `listener.py` with them
traffic.py    how much one network may ask of the listener
mail.py       one message to one report (alerts/bounces reads it)
deeds.py      what follows from a report: pure
taking.py     the facts written down, once, in one transaction
scores.py     how much trouble an address makes
counting.py   what came back of one alert
mailbox.py    a mailbox looked into by IMAP
standing.py   whether it all can come in
hooks/        what mail services report over HTTP
process.py    the `bounces` role: a process of its own
"""
