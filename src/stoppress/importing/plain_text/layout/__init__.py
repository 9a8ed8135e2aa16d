"""Which times separate the posts of a page, and where the time of a post is."""
