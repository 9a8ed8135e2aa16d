"""Caches of the edge: log positions, whole responses, rendered pages and compressed bodies."""
