"""Pages per second, the cost of publishing, and what a cache leaves to the origin: python -m bench pages."""
