"""Style sheets and scripts joined at start-up: a page loads one of each, under a name that changes with the content."""
