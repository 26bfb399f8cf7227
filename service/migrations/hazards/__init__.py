"""Schema history of hazards."""
