"""Editors: the screens on which coverage is written, and the API."""
