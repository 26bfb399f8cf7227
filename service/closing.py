"""What an act leaves behind, sent along with its COMMIT: audit, events, kept answer.

The head of a town's audit chain is locked while the database runs the last statement and commits,
and from the first row on that a tally of the town counts, so that acts in one town wait for one
another as briefly as can be.  Chains are appended in the order of their tenants, whatever the order
in which a command spoke of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tenants.scope import Owner
from tenants.wall import text


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry of an audit chain to come."""

    owner: Owner
    at: datetime
    actor: str
    act: str
    subject: str
    text: str

    def columns(self) -> tuple[Any, ...]:
        """The arguments of `app.append_audit`."""
        owner = self.owner
        return (
            owner.tenant_id,
            owner.district_id,
            self.at,
            self.actor,
            self.act,
            self.subject,
            self.text,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the outbox to come; `payload` is JSON."""

    id: UUID
    owner: Owner
    event: str
    payload: str
    actor: str
    correlation: str
    at: datetime

    def columns(self) -> tuple[Any, ...]:
        """Its columns in the table."""
        owner = self.owner
        return (
            self.id,
            owner.tenant_id,
            owner.district_id,
            self.event,
            self.payload,
            self.actor,
            self.correlation,
            self.at,
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to keep under a claimed key."""

    owner: Owner
    principal: str
    key: str
    response: str

    def columns(self) -> tuple[Any, ...]:
        """The key and what is kept under it."""
        return (self.owner.tenant_id, self.principal, self.key, self.response)


def statement(held: list[Any]) -> str:
    """The statement that writes what an act held back; see the function in the database."""
    kinds: dict[str, Any] = {"noted": Noted, "told": Told, "answered": Answered}
    rows = {
        name: [one.columns() for one in held if isinstance(one, kind)]
        for name, kind in kinds.items()
    }
    return f"select app.leave_behind({text(orjson.dumps(rows, default=str).decode())}::json)"
