"""Pictures of posts: upload, files, and their readers."""
