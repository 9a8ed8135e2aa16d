"""Coverage for other programs: feeds, structured data and embed code."""
