"""Render posts, parts of pages and whole documents."""
