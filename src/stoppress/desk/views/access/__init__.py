"""Screens of administrators about people, API tokens and the audit log."""
