"""Schema history of risks."""
