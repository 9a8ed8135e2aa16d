"""Wires: importers and exporters of coverage."""
