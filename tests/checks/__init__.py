"""Checks that `make lint` runs: prose, templates, catalogues."""
