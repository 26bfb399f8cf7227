"""What an act leaves behind, written at its end in one round trip: audit, events, kept answer.

The head of a town's audit chain is locked for the last statement and the commit, and from the first
row on that a tally of the town counts, so that acts in one town wait for one another as briefly as
can be.  Chains are appended in the order of their tenants, whatever the order in which a command
spoke of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tenants.scope import Owner
from tenants.wall import Transaction

WRITE = """
with told as (
    insert into outbox_events
        (id, tenant_id, district_id, event, payload, actor, correlation, created_at)
    select e.id, e.tenant, e.district, e.event, e.payload::jsonb, e.actor, e.correlation, e.at
    from unnest($8::uuid[], $9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[],
        $14::text[], $15::timestamptz[])
        as e (id, tenant, district, event, payload, actor, correlation, at)
    returning 1
), answered as (
    update idempotency_keys k set response = a.response
    from unnest($16::uuid[], $17::text[], $18::text[], $19::text[])
        as a (tenant, principal, key, response)
    where k.tenant_id = a.tenant and k.principal = a.principal and k.key = a.key
    returning 1
)
select count(app.append_audit(n.tenant, n.district, n.at, n.who, n.what, n.whom, n.content))
from (
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
        $6::text[], $7::text[]) with ordinality
        as n (tenant, district, at, who, what, whom, content, place)
    order by tenant, place
) n
"""


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


async def write(transaction: Transaction, held: list[Any]) -> None:
    """Write what an act held back, in the scope that the transaction is in."""
    values: list[list[Any]] = []
    for kind, width in ((Noted, 7), (Told, 8), (Answered, 4)):
        rows = [one.columns() for one in held if isinstance(one, kind)]
        values += [list(column) for column in zip(*rows, strict=True)] or [[]] * width
    await transaction.fetch(WRITE, *values)
