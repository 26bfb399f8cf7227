"""Identifiers, as every capability imports them."""

from tenants.ids import new_id

__all__ = ["new_id"]
