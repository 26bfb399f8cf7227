"""Schema history of routine checks."""
