"""Service: settings, command line and the processes."""
