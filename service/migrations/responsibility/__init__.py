"""Schema history of responsibility."""
