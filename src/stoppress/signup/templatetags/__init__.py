"""Template tags and filters of `signup`."""
