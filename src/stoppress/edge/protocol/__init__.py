"""uvicorn protocol classes: cached responses, stream take-over, request limits."""
