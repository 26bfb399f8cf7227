"""Schema history of powers."""
