"""Mail and webhooks that come back: bounces, complaints and unsubscribe requests."""
