"""Outbox: events that commit with the act, and the deliveries that turn them into effects.

A command emits an event in its transaction.  The relay routes each event to the tasks that
answer it, one delivery per task, and sends deliveries to the queue.  A task settles its
delivery in the same transaction as its effect, so that a repeated message does nothing.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from tortoise import fields

from service import audit, clock, closing, telemetry
from service.correlation import correlated, correlation_id
from service.errors import Conflict, NotFound
from tenants.ids import new_id
from tenants.records import TenantOwned, owned
from tenants.scope import Owner, Scope
from tenants.wall import current, in_transaction, tenant_transaction

MAX_CRASHES = 3  # a message that killed its worker this often is parked for an operator
MAX_FAILURES = 8

log = structlog.get_logger()


class OutboxEvent(TenantOwned):
    """Fact that committed and that background tasks answer."""

    event = fields.CharField(max_length=80)
    payload = fields.JSONField[dict[str, Any]]()
    actor = fields.CharField(max_length=120)
    correlation = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    routed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_events"


class OutboxDelivery(TenantOwned):
    """Duty of one task to answer one event."""

    event_id = fields.UUIDField()
    task = fields.CharField(max_length=80)
    state = fields.CharField(max_length=10, default="PENDING")
    starts = fields.IntField(default=0)
    failures = fields.IntField(default=0)
    sent_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    error = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "outbox_deliveries"


@dataclass(frozen=True, slots=True)
class Event:
    """What a task receives: the fact, whose it is, and when it committed."""

    id: UUID
    name: str
    owner: Owner
    payload: dict[str, Any]
    created_at: datetime
    task: str = ""
    history: tuple[UUID, ...] = ()
    """Districts that the tenant has belonged to; it may have moved since the fact."""

    def scope(self) -> Scope:
        """The scope of the tenant the event belongs to, with the task as the actor."""
        return Scope.of_tenant(self.owner, f"task:{self.task}", history=self.history)


@dataclass(slots=True)
class _Delivery:
    id: UUID
    owner: Owner
    settled: bool = False


_delivery: ContextVar[_Delivery | None] = ContextVar("delivery", default=None)


async def emit(event: str, owner: Owner, payload: dict[str, Any]) -> UUID:
    """Write one event into the open transaction; ids and numbers only in `payload`."""
    transaction, identity, at = current(), new_id(), clock.now()
    actor, correlation = transaction.scope.actor, correlation_id()
    if transaction.keep is not None:
        text = orjson.dumps(payload).decode()
        told = closing.Told(identity, owner, event, text, actor, correlation, at)
        transaction.held.append(told)
        return identity
    await OutboxEvent.create(
        id=identity,
        **owned(owner),
        event=event,
        payload=payload,
        actor=actor,
        correlation=correlation,
        created_at=at,
    )
    return identity


async def settle() -> None:
    """Mark the delivery being performed as done, in the open transaction of its effect.

    Does nothing outside a task, so a command serves people and tasks alike.  The transaction
    must be able to write rows of the event's tenant.
    """
    delivery = _delivery.get()
    if delivery is None or delivery.settled:
        return
    await OutboxDelivery.filter(tenant_id=delivery.owner.tenant_id, id=delivery.id).update(
        state="DONE", done_at=clock.now(), error=""
    )
    delivery.settled = True


async def settled_elsewhere() -> bool:
    """Whether another run of the delivery being performed has marked it as done meanwhile.

    A run that fails after that is not tried again by the queue.
    """
    delivery = _delivery.get()
    if delivery is None or delivery.settled:
        return False
    done = OutboxDelivery.filter(tenant_id=delivery.owner.tenant_id, id=delivery.id, state="DONE")
    return bool(await done.exists())


async def perform(
    owner: Owner, delivery_id: UUID, handler: Callable[[Event], Awaitable[None]]
) -> None:
    """Run `handler` for one delivery unless it is done or parked.

    Raises whatever the handler raises, so that the queue tries again later; after
    `MAX_FAILURES` the delivery is parked and stays visible to the operator.
    """
    event, correlation = await _begin(owner, delivery_id)
    if event is None:
        return
    delivery = _Delivery(delivery_id, owner)
    token = _delivery.set(delivery)
    try:
        with correlated(correlation) as identity:
            telemetry.note(answers=event.name, request_id=identity)
            await handler(event)
            if not delivery.settled:
                async with tenant_transaction(event.scope()):
                    await settle()
    except Exception as error:
        await _failed(owner, delivery_id, error)
        raise
    finally:
        _delivery.reset(token)


async def _begin(owner: Owner, delivery_id: UUID) -> tuple[Event | None, str]:
    assert not in_transaction()
    async with tenant_transaction(Scope.of_tenant(owner, "task:outbox")) as transaction:
        rows = await transaction.fetch(
            "update outbox_deliveries set starts = starts + 1"
            " where tenant_id = $1 and id = $2 and state in ('PENDING', 'SENT')"
            " returning starts, failures, event_id, task, array(select x.district_id"
            "  from tenant_districts x where x.tenant_id = $1) as history",
            owner.tenant_id,
            delivery_id,
        )
        if not rows:
            return None, ""
        row = rows[0]
        if row["starts"] - row["failures"] > MAX_CRASHES:
            await OutboxDelivery.filter(tenant_id=owner.tenant_id, id=delivery_id).update(
                state="PARKED", error=f"the worker died {MAX_CRASHES} times on this message"
            )
            log.error("delivery parked", delivery=str(delivery_id), task=row["task"])
            return None, ""
        event = await OutboxEvent.get(tenant_id=owner.tenant_id, id=row["event_id"])
    return (
        Event(
            event.id,
            event.event,
            event.owner,
            event.payload,
            event.created_at,
            row["task"],
            tuple(row["history"]),
        ),
        event.correlation,
    )


async def _failed(owner: Owner, delivery_id: UUID, error: Exception) -> None:
    async with tenant_transaction(Scope.of_tenant(owner, "task:outbox")) as transaction:
        await transaction.fetch(
            "update outbox_deliveries set failures = failures + 1, error = $3,"
            " state = case when failures + 1 >= $4 then 'PARKED' else state end"
            " where tenant_id = $1 and id = $2 and state <> 'DONE' returning id",
            owner.tenant_id,
            delivery_id,
            f"{type(error).__name__}: {error}"[:2000],
            MAX_FAILURES,
        )


async def retry(delivery_id: UUID) -> OutboxDelivery:
    """Send a parked delivery once more, with a clean slate.

    Raises:
        NotFound: no such delivery in this scope.
        Conflict: it is not parked.
    """
    row = await OutboxDelivery.get_or_none(id=delivery_id)
    if row is None:
        raise NotFound("no such delivery", path=("input", "deliveryId"))
    if row.state != "PARKED":
        raise Conflict(f"the delivery is {row.state}, not parked", path=("input", "deliveryId"))
    row.state, row.starts, row.failures = "PENDING", 0, 0
    await row.save(update_fields=["state", "starts", "failures"])
    await audit.record("outbox.retried", row.owner, "OutboxDelivery", row.id, task=row.task)
    return row
