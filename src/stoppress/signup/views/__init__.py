"""What readers see of alerts: sign up, confirm, choose, leave. No cookie is set or read here."""
