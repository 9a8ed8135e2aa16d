"""People, permissions, API tokens and rate limits of the desk."""
