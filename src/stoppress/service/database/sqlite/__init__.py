"""SQLite backend in which requests write before the mailer. Django requires the module name `base`."""
