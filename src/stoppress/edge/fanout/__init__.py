"""Write the same bytes to thousands of sockets."""
