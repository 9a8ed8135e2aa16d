"""Tables of text patterns and status codes that classify bounces."""
