"""Alerts: topics, sign-up, subscribers, the ledger of deliveries, and the mailer that works it off."""
