"""Topics, subscribers, their subscriptions and consents, and suppressed addresses."""
