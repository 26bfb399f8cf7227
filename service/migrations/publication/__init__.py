"""Schema history of publication."""
