"""Schema history of cases."""
