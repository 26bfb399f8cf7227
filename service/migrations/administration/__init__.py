"""Schema history of administration."""
