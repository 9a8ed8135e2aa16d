"""The API: posts read, written, corrected and withdrawn by programs that carry a token."""
