"""Bylines: names of authors, and the lines that contain them."""
