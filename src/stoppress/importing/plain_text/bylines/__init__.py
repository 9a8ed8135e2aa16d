"""Names and lines of authors as pages write them."""
