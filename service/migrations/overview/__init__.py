"""Schema history of the overview of towns."""
