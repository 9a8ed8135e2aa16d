"""Sign-up with double opt-in, preferences, unsubscribe pages, and lists of subscribers as files."""
