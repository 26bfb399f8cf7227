"""Schema history of officers."""
