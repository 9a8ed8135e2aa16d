"""Clock times, dates and time zones as pages write them."""
