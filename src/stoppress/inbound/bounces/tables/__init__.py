"""Tables of words and status codes that classify bounces."""
