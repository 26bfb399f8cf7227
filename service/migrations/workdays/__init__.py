"""Schema history of workdays."""
