"""Clock times, dates and zones as pages write them."""
