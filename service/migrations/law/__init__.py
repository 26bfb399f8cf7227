"""Schema history of the law."""
