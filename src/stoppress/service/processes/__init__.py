"""The web process, its child processes and their supervisor."""
