"""Schema history of register."""
