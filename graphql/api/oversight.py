"""Who did what, who looked, and what waits for an operator: the books of a tenant."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.errors import MutationError, attempt
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service import audit, outbox, receipts
from tenants.principal import Principal
from tenants.rights import Right, Subject


def confined(principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of the principal's own tenant: books are not read across tenants."""
    home = principal.scope.home
    return found.filter(tenant_id=home.tenant_id if home else NOBODY)


@strawberry.type(description="Act in the audit chain of a tenant")
class AuditEntry(RowNode, relay.Node):
    """One link of the chain."""

    model = audit.AuditEntry
    object_kind = Subject.AUDIT

    id: relay.NodeID[UUID]
    seq: int = strawberry.field(description="Place in the chain, from 1")
    at: datetime = strawberry.field(description="When it happened, timestamp")
    actor: str = strawberry.field(description="Who acted: account, app, or task")
    act: str = strawberry.field(description="What was done, past tense with its area")
    subject: str = strawberry.field(description="Object acted on, kind and id")
    entry: str = strawberry.field(description="Exact text that is hashed, JSON")
    hash: str = strawberry.field(description="SHA-256 over previous hash, seq and entry, hex")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the own tenant."""
        return confined(principal, found)

    @classmethod
    def of(cls, row: audit.AuditEntry) -> "AuditEntry":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            act=row.act,
            subject=row.subject,
            entry=row.entry,
            hash=row.hash,
        )


@strawberry.type(description="Outcome of walking an audit chain from its first entry")
class AuditReport:
    """The chain is whole when `brokenAt` is null."""

    entries: int = strawberry.field(description="Entries walked")
    head: str = strawberry.field(description="Hash of the last entry that fits, hex")
    broken_at: int | None = strawberry.field(description="First seq that does not fit")


@strawberry.type(description="Reading of one of the town's files by somebody outside it")
class AccessReceipt(RowNode, relay.Node):
    """One receipt."""

    model = receipts.AccessReceipt
    object_kind = Subject.AUDIT

    id: relay.NodeID[UUID]
    reader_name: str = strawberry.field(description="Name of the reader at that time")
    subject: str = strawberry.field(description="File that was read, kind and id")
    purpose: str = strawberry.field(description="Purpose that the reader stated")
    at: datetime = strawberry.field(description="When it was read, timestamp")

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the own tenant."""
        return confined(principal, found)

    @classmethod
    def of(cls, row: receipts.AccessReceipt) -> "AccessReceipt":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            reader_name=row.reader_name,
            subject=row.subject,
            purpose=row.purpose,
            at=row.at,
        )


@strawberry.type(description="Background work that was parked: it failed too often")
class ParkedDelivery(RowNode, relay.Node):
    """One dead letter."""

    model = outbox.OutboxDelivery
    object_kind = Subject.AUDIT

    id: relay.NodeID[UUID]
    task: str = strawberry.field(description="Task that failed")
    failures: int = strawberry.field(description="How often it failed")
    error: str = strawberry.field(description="Last reason")
    created_at: datetime = strawberry.field(description="When the event committed, timestamp")

    @classmethod
    def of(cls, row: outbox.OutboxDelivery) -> "ParkedDelivery":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            task=row.task,
            failures=row.failures,
            error=row.error,
            created_at=row.created_at,
        )


@strawberry.type
class OversightQuery:
    """Questions to the books."""

    @strawberry.field(description="Acts in the caller's books, newest first")
    async def audit_entries(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[AuditEntry]:
        """One page of the caller's own tenant."""
        info.context.require(Subject.AUDIT, Right.READ_OWN)
        found = audit.AuditEntry.filter(tenant_id=info.context.home.tenant_id)
        return await page(found, AuditEntry.of, first=first, after=after, key="seq")

    @strawberry.field(description="Whether the caller's audit chain is whole")
    async def audit_report(self, info: Info) -> AuditReport:
        """Walks the whole chain."""
        info.context.require(Subject.AUDIT, Right.READ_OWN)
        report = await audit.verify(info.context.home)
        return AuditReport(entries=report.entries, head=report.head, broken_at=report.broken_at)

    @strawberry.field(description="Who from outside read the caller's files, newest first")
    async def access_receipts(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[AccessReceipt]:
        """One page of the caller's own tenant."""
        info.context.require(Subject.AUDIT, Right.READ_OWN)
        found = receipts.receipts().filter(tenant_id=info.context.home.tenant_id)
        return await page(found, AccessReceipt.of, first=first, after=after, key="at")

    @strawberry.field(description="Background work that failed too often, newest first")
    async def parked_deliveries(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[ParkedDelivery]:
        """One page of what waits for an operator."""
        info.context.require(Subject.AUDIT, Right.READ_OWN)
        found = outbox.OutboxDelivery.filter(state="PARKED")
        return await page(found, ParkedDelivery.of, first=first, after=after, key="created_at")


@strawberry.enum(description="Why parked work was not tried again")
class RetryDeliveryErrorCode(Enum):
    """Codes of `retryDelivery`."""

    FORBIDDEN = "FORBIDDEN"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"


@strawberry.input(description="Parked work to be tried again")
class RetryDeliveryInput:
    """Input of `retryDelivery`."""

    delivery_id: relay.GlobalID = strawberry.field(description="Delivery to be tried again")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Key under which a repeat gets the same answer"
    )


@strawberry.type(description="Answer to `retryDelivery`")
class RetryDeliveryPayload:
    """The delivery, or why not."""

    delivery: ParkedDelivery | None = strawberry.field(description="Delivery to be sent again")
    errors: list[MutationError[RetryDeliveryErrorCode]] = strawberry.field(
        description="Refusals; empty when the act was done"
    )


@strawberry.type
class OversightMutation:
    """Acts on the books."""

    @strawberry.mutation(description="Send parked background work to its task once more")
    async def retry_delivery(self, info: Info, input: RetryDeliveryInput) -> RetryDeliveryPayload:
        """See `service.outbox.retry`."""

        async def act() -> outbox.OutboxDelivery:
            info.context.require(Subject.SETTINGS, Right.WRITE)
            return await outbox.retry(node_id(input.delivery_id, ParkedDelivery, "deliveryId"))

        row, errors = await attempt(RetryDeliveryErrorCode, act())
        return RetryDeliveryPayload(delivery=ParkedDelivery.of(row) if row else None, errors=errors)
