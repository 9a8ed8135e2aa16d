"""Forms of the desk, parsed into values."""
