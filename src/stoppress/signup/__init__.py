"""Sign-up with double opt-in, preference and unsubscribe pages, and subscriber lists as files."""
