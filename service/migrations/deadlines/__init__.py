"""Schema history of deadlines."""
