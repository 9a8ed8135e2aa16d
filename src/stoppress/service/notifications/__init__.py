"""Transports of notifications between processes and machines."""
