"""Topics, subscribers, their subscriptions and what must not be mailed to them."""
