"""How messages come to be and go out: fan-out of an event, one attempt, sending again."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from service import audit, clock, outbox
from service.errors import Conflict, NotFound
from service.identity.records import AppGrant, Application
from service.identity.rules import AccountStatus, GrantState
from service.ids import new_id
from service.outbox import Event
from service.webhooks import catalogue, commands, signing
from service.webhooks.records import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks.rules import (
    LOST,
    RESENDABLE,
    DeliveryState,
    EndpointState,
    Outcome,
    may_hear,
    next_attempt,
    turns_off,
)
from tenants.records import Tenant, owned
from tenants.scope import Owner, Scope
from tenants.wall import platform_desk, tenant_transaction

ACTOR = "task:webhooks.send"


async def fan_out(event: Event) -> None:
    """Write one message for each endpoint that may hear of the event.  Safe to run twice."""
    said = catalogue.facts(event.name, event.payload)
    async with tenant_transaction(event.scope()):
        endpoints = await _listening(event.owner.tenant_id, {one.entry.type for one in said})
        for fact in said:
            identity = uuid5(event.id, fact.part) if fact.part else event.id
            hearing = [row for row, granted in endpoints if _hears(row, granted, fact.entry)]
            told = await WebhookDelivery.filter(
                tenant_id=event.owner.tenant_id,
                event_id=identity,
                endpoint_id__in=[row.id for row in hearing],
            ).values_list("endpoint_id", flat=True)
            for row in hearing:
                if row.id not in told:
                    await commands.write(row, fact.entry, identity, event.created_at, fact.payload)
        await outbox.settle()


async def _listening(
    tenant_id: UUID, types: set[str]
) -> list[tuple[WebhookEndpoint, frozenset[str]]]:
    """Endpoints that subscribe to one of the types, locked, each with its grant's scopes."""
    rows = await WebhookEndpoint.filter(tenant_id=tenant_id).order_by("id").select_for_update()
    wanted = [row for row in rows if types.intersection(row.events)]
    grants = await AppGrant.filter(
        tenant_id=tenant_id,
        id__in=[row.grant_id for row in wanted],
        state=GrantState.ACTIVE.value,
    )
    scopes = {grant.id: frozenset(grant.scopes) for grant in grants}
    return [(row, scopes[row.grant_id]) for row in wanted if row.grant_id in scopes]


def _hears(row: WebhookEndpoint, granted: frozenset[str], entry: catalogue.PublicEvent) -> bool:
    return entry.type in row.events and may_hear(entry.scope, granted)


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may go out now, with all that is needed once the transaction is over."""

    owner: Owner
    delivery_id: UUID
    endpoint_id: UUID
    url: str
    body: str
    keys: list[signing.Keys] = field(repr=False)

    def headers(self, at: datetime) -> dict[str, str]:
        """The signed headers of an attempt at `at`; the id is the same at each."""
        return signing.headers(f"msg_{self.delivery_id}", at, self.body, self.keys)


async def prepare(owner: Owner, claimed: Iterable[UUID]) -> list[Ready]:
    """Which of the claimed messages may go out, asked anew at every attempt.

    What the town no longer grants is withdrawn, what an endpoint, application or town that is off
    would get is held; neither leaves the house.
    """
    async with tenant_transaction(Scope.of_tenant(owner, ACTOR)):
        rows = await WebhookDelivery.filter(
            tenant_id=owner.tenant_id, id__in=list(claimed), state=DeliveryState.PENDING.value
        )
        endpoints = {
            one.id: one
            for one in await WebhookEndpoint.filter(
                tenant_id=owner.tenant_id, id__in=[row.endpoint_id for row in rows]
            )
        }
        grants = {
            one.id: one
            for one in await AppGrant.filter(
                tenant_id=owner.tenant_id, id__in=[one.grant_id for one in endpoints.values()]
            )
        }
        active = await _active(owner, [row.app_id for row in rows])
        ready = []
        for row in rows:
            endpoint = endpoints[row.endpoint_id]
            refused = _refusal(row, endpoint, grants[endpoint.grant_id], active)
            if refused is None:
                ready.append(_ready(row, endpoint))
            else:
                await _put(row, *refused)
    return ready


async def _active(owner: Owner, app_ids: list[UUID]) -> set[UUID]:
    """Those of the applications that may act in the town at all."""
    async with platform_desk():
        if not await Tenant.filter(id=owner.tenant_id, status="ACTIVE").exists():
            return set()
        found = Application.filter(id__in=app_ids, status=AccountStatus.ACTIVE.value)
        return {one.id for one in await found}


def _refusal(
    row: WebhookDelivery, endpoint: WebhookEndpoint, grant: AppGrant, active: set[UUID]
) -> tuple[DeliveryState, str] | None:
    scope = catalogue.BY_TYPE[row.event_type].scope
    if grant.state != GrantState.ACTIVE.value or not may_hear(scope, grant.scopes):
        return DeliveryState.WITHDRAWN, "the town no longer grants this"
    if endpoint.state != EndpointState.ENABLED.value:
        return DeliveryState.HELD, f"the endpoint is off: {endpoint.disabled_reason}"
    if row.app_id not in active:
        return DeliveryState.HELD, "the application or the town is suspended"
    return None


def _ready(row: WebhookDelivery, endpoint: WebhookEndpoint) -> Ready:
    versions = [endpoint.key_version]
    if endpoint.previous_until is not None and clock.now() < endpoint.previous_until:
        versions.append(endpoint.key_version - 1)
    keys = [signing.keys_of(endpoint.id, version) for version in versions]
    return Ready(row.owner, row.id, endpoint.id, endpoint.url, row.body, keys)


async def note(sent: Ready, at: datetime, outcome: Outcome) -> None:
    """Keep what an attempt came to, and say when the next one is.

    A message whose sender dies before this is sent again under the same id.
    """
    async with tenant_transaction(Scope.of_tenant(sent.owner, ACTOR)):
        endpoint = await WebhookEndpoint.get_or_none(
            tenant_id=sent.owner.tenant_id, id=sent.endpoint_id
        )
        if endpoint is None:
            return  # removed with its log while the message was on its way
        if not outcome.delivered or endpoint.failing_since is not None:
            endpoint = await commands.locked(sent.endpoint_id)
        row = (
            await WebhookDelivery.filter(tenant_id=sent.owner.tenant_id, id=sent.delivery_id)
            .select_for_update()
            .first()
        )
        if row is None:
            return
        row.attempts, row.tries = row.attempts + 1, row.tries + 1
        await _keep_attempt(row, at, outcome)
        if row.state != DeliveryState.PENDING.value and not outcome.delivered:
            await _put(row, DeliveryState(row.state), row.reason)
        else:
            await _put(row, *_verdict(row, outcome))
        await _judge(endpoint, outcome)


def _verdict(row: WebhookDelivery, outcome: Outcome) -> tuple[DeliveryState, str]:
    now = clock.now()
    row.due_at = None
    if outcome.delivered:
        row.delivered_at = now
        return DeliveryState.DELIVERED, ""
    draw = secrets.randbelow(1000) / 1000
    row.due_at = next_attempt(row.tries, now, draw, outcome.retry_after)
    why = outcome.error or f"the receiver answered {outcome.status}"
    return (DeliveryState.PENDING if row.due_at else DeliveryState.FAILED), why


async def _judge(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    """Remember since when an endpoint fails, and turn it off when it will not recover."""
    if endpoint.state != EndpointState.ENABLED.value:
        return
    since = None if outcome.delivered else endpoint.failing_since or clock.now()
    if since != endpoint.failing_since:
        await WebhookEndpoint.filter(tenant_id=endpoint.tenant_id, id=endpoint.id).update(
            failing_since=since
        )
    reason = None if outcome.delivered else turns_off(outcome, since, clock.now())
    if reason is not None:
        await commands.turn_off(endpoint, reason)


async def _keep_attempt(row: WebhookDelivery, at: datetime, outcome: Outcome) -> None:
    await WebhookAttempt.create(
        id=new_id(),
        **owned(row.owner),
        delivery_id=row.id,
        number=row.attempts,
        at=at,
        duration_ms=outcome.duration_ms,
        status=outcome.status,
        error=outcome.error[:200],
        excerpt=outcome.excerpt,
    )


async def _put(row: WebhookDelivery, state: DeliveryState, reason: str) -> None:
    changes: dict[str, Any] = {
        "state": state.value,
        "reason": reason[:200],
        "attempts": row.attempts,
        "tries": row.tries,
        "due_at": row.due_at if state is DeliveryState.PENDING else None,
        "claimed_until": None,
        "delivered_at": row.delivered_at,
    }
    await WebhookDelivery.filter(tenant_id=row.tenant_id, id=row.id).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)


async def resend(delivery_id: UUID, app_id: UUID | None = None) -> WebhookDelivery:
    """Send one message once more, under its own id and number.

    Raises:
        NotFound: no such message, or not the application's own.
        Conflict: it waits already, was withdrawn, or its endpoint is off.
    """
    row = await WebhookDelivery.get_or_none(id=delivery_id)
    if row is None or app_id not in (None, row.app_id):
        raise NotFound("no such delivery", path=("input", "deliveryId"))
    endpoint = await _on(row.endpoint_id, app_id)
    row = await WebhookDelivery.filter(id=delivery_id).select_for_update().get()
    if DeliveryState(row.state) not in RESENDABLE:
        raise Conflict(f"the delivery is {row.state}", path=("input", "deliveryId"))
    row.tries, row.due_at = 0, clock.now()
    await _put(row, DeliveryState.PENDING, "sent again by hand")
    await audit.record(
        "webhooks.resent", endpoint.owner, "WebhookEndpoint", endpoint.id, delivery=str(row.id)
    )
    await outbox.emit("webhooks.resent", endpoint.owner, {"endpoint": str(endpoint.id)})
    return row


async def resend_lost(
    endpoint_id: UUID, since: datetime, app_id: UUID | None = None
) -> tuple[WebhookEndpoint, int]:
    """Send everything once more that happened since an instant and never arrived.

    Raises:
        NotFound: no such endpoint, or not the application's own.
        Conflict: the endpoint is off.
    """
    endpoint = await _on(endpoint_id, app_id)
    found = await WebhookDelivery.filter(
        tenant_id=endpoint.tenant_id,
        endpoint_id=endpoint.id,
        created_at__gte=since,
        state__in=[state.value for state in LOST],
    ).update(
        state=DeliveryState.PENDING.value,
        reason="sent again by hand",
        tries=0,
        due_at=clock.now(),
    )
    await audit.record(
        "webhooks.resent", endpoint.owner, "WebhookEndpoint", endpoint.id, deliveries=found
    )
    await outbox.emit("webhooks.resent", endpoint.owner, {"endpoint": str(endpoint.id)})
    return endpoint, found


async def _on(endpoint_id: UUID, app_id: UUID | None) -> WebhookEndpoint:
    endpoint = await commands.locked(endpoint_id, app_id)
    if endpoint.state != EndpointState.ENABLED.value:
        raise Conflict("turn the endpoint on first")
    return endpoint
