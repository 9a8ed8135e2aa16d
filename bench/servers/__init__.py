"""Servers that measurements run: Stop Press itself, nginx, nchan, PostgreSQL, Postfix, an SMTP sink."""
