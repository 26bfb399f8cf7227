"""How an actor is made from a handler: it opens the delivery, runs the handler, settles once."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import dramatiq
from periodiq import cron

from service import outbox, telemetry
from service.correlation import correlated
from service.outbox import Event
from tasks.broker import broker
from tasks.clock import SCHEDULE
from tenants.scope import Owner

Handler = Callable[[Event], Awaitable[None]]
HANDLERS: dict[str, Handler] = {}
"""Handler of each task, by its name."""


def answers(name: str, **options: Any) -> Callable[[Handler], Handler]:
    """Register a handler as the actor `name` (`area.verb`), which is never renamed.

    The handler gets the event and must be safe to run twice: it does its effect and calls
    `outbox.settle()` in the effect's transaction, through a command.
    """

    def register(handler: Handler) -> Handler:
        async def perform(delivery_id: str, tenant_id: str, district_id: str) -> None:
            owner = Owner(UUID(tenant_id), UUID(district_id))
            with telemetry.observed_task(name):
                await outbox.perform(owner, UUID(delivery_id), handler)

        dramatiq.actor(perform, actor_name=name, broker=broker, **options)  # type: ignore[call-overload]
        HANDLERS[name] = handler
        return handler

    return register


def send(task: str, delivery_id: UUID, owner: Owner) -> None:
    """Put one delivery on the queue; sending it twice is harmless."""
    actor = broker.get_actor(task)
    broker.enqueue(actor.message(str(delivery_id), str(owner.tenant_id), str(owner.district_id)))


def recurs(name: str) -> Callable[[Callable[[], Awaitable[None]]], Callable[[], Awaitable[None]]]:
    """Register a periodic actor; `tasks.clock.SCHEDULE` says when it runs."""

    def register(handler: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def perform() -> None:
            with telemetry.observed_task(name), correlated() as identity:
                telemetry.note(request_id=identity)
                await handler()

        dramatiq.actor(  # type: ignore[call-overload]
            perform, actor_name=name, broker=broker, periodic=cron(SCHEDULE[name]), max_retries=0
        )
        return handler

    return register
