"""Pages for readers: sign up, confirm, set preferences, mute, unsubscribe. They set and read no cookie."""
