"""Schema history of assessments."""
