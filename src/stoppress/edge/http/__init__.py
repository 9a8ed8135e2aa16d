"""HTTP rules shared by every answer of the edge: conditional requests, headers, limits, the access log."""
