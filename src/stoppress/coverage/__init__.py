"""Live blogs, posts, revisions, and the ordered log from which everything that readers see is built."""
