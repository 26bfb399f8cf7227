"""Schema history, one folder per capability."""
