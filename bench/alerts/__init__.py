"""From Send to the last accepted message: python -m bench alerts."""
