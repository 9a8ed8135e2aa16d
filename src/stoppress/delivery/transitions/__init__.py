"""Moves of deliveries between states: claim, settle, halt, resume, cancel."""
