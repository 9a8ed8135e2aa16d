"""Template tags and filters of coverage, used by the templates of all packages."""
