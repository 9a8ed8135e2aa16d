"""SQLite, written to in the order of who is waited for: `base` (Django wants that name) and `precedence`."""
