"""Schema history of guidance."""
