"""Decide and store the recipients of an alert."""
