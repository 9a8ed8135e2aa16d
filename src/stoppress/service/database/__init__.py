"""Database settings and the SQLite backend."""
