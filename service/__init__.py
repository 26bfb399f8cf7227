"""The business: shared services and one folder per capability of supervision."""
