"""Schema history of inspections."""
