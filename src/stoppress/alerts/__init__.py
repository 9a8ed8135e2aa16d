"""Alerts as editors see them: compose, check, send, halt, resume, read the receipt; and scheduled digests."""
