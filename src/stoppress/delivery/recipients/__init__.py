"""Recipients of an alert: fixed by the order of commits at Send, and stored in the ledger batch by batch."""
