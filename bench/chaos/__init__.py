"""Random faults and edits, then every reader compared with the log: python -m bench chaos."""
