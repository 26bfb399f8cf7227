"""Schema history of blacklist."""
