"""Live blogs, posts, revisions and the one log that everything a reader sees comes out of."""
