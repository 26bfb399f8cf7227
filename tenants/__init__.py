"""Who is supervised by whom: districts, towns, rights, and the wall between tenants."""
