"""The mailer, the database or the relay killed in the middle of a send: python -m bench kills."""
