"""Child processes, leader locks and stop signals."""
