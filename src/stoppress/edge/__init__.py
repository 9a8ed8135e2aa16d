"""Readers: pages, snapshots, changes and the stream. Follows the log, never writes."""
