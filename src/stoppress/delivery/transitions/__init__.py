"""Transitions of deliveries between states: claim, settle, halt, resume, cancel, mark as uncertain."""
