"""Schema history of core."""
