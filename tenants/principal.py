"""Principal: the person or application behind a request, and the scope it acts in."""

from dataclasses import dataclass, field
from uuid import UUID

from tenants.rights import Role
from tenants.scope import Scope


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts.  `key` names them in the audit chain (`account:<id>`, `app:<id>`)."""

    key: str
    role: Role
    scope: Scope
    name: str = ""
    body_id: UUID | None = None
    """Enforcement body of a department's or town's officer."""
    enterprise_id: UUID | None = None
    """Enterprise that an ENTERPRISE account speaks for."""
    grants: frozenset[str] = field(default_factory=frozenset)
    """Scopes of an application's token."""

    @property
    def anonymous(self) -> bool:
        """Whether nobody signed in."""
        return self.role is Role.PUBLIC


_NOWHERE = UUID(int=0)
"""A district that does not exist."""

PUBLIC = Principal("public", Role.PUBLIC, Scope("public", districts=frozenset({_NOWHERE})))
"""Anybody: sees what is published, the law and the calendar, and not one row of any tenant."""
