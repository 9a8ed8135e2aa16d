"""Connections to mail relays: pools, pace, circuit breaker, silent relays."""
