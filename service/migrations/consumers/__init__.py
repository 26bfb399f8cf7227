"""Schema history of consumers."""
