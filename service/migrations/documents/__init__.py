"""Schema history of documents."""
