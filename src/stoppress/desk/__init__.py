"""The desk: the editors' screens, and the API for programs."""
