"""Decode untrusted pictures in a process of their own. Imports nothing of Django nor of the project."""
