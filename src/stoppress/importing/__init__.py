"""Importers: read other formats into coverage, and account for every part of their input (law 12)."""
