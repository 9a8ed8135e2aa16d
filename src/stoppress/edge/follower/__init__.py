"""Follow the log: find new changes, invalidate caches, detect a restored database."""
