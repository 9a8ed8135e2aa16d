"""HTTP rules shared by every response of the edge: conditional requests, headers, limits, the access log."""
