"""What can be done with endpoints: register, change, turn on and off, rotate, test, remove."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from service import audit, clock, outbox
from service.errors import Conflict, NotFound
from service.identity.records import AppGrant
from service.identity.rules import GrantState
from service.ids import new_id
from service.settings import settings
from service.webhooks import catalogue
from service.webhooks.records import WebhookDelivery, WebhookEndpoint
from service.webhooks.rules import (
    OVERLAP,
    DeliveryState,
    DisabledReason,
    EndpointState,
    check_events,
    check_name,
    check_room,
    check_url,
)
from service.webhooks.signing import Keys, keys_of
from tenants.records import owned
from tenants.wall import current


@dataclass(frozen=True, slots=True)
class Opened:
    """An endpoint with the keys that were just made; the secret is shown this once."""

    endpoint: WebhookEndpoint
    keys: Keys


def intranet_hosts() -> frozenset[str]:
    """Hosts that the operator lists."""
    return frozenset(
        one.strip().lower() for one in settings().webhook_intranet_hosts.split(",") if one.strip()
    )


async def register(
    grant_id: UUID, *, name: str, url: str, events: Iterable[str], app_id: UUID | None = None
) -> Opened:
    """Let an application hear of the town at an address; `app_id` is the one that asks, if one.

    Raises:
        NotFound: no such grant in scope, or not the application's own.
        Conflict: the grant is not active, the address is registered, or there are too many.
        Invalid: name, address or events.
    """
    grant = await AppGrant.filter(id=grant_id).select_for_update().first()
    writable = current().scope.writable
    if grant is None or grant.tenant_id not in writable or app_id not in (None, grant.app_id):
        raise NotFound("no such grant", path=("input", "grantId"))
    if grant.state != GrantState.ACTIVE.value:
        raise Conflict(f"the grant is {grant.state}; the town approves it first")
    address = check_url(url, intranet_hosts())
    mine = WebhookEndpoint.filter(tenant_id=grant.tenant_id, app_id=grant.app_id)
    check_room(await mine.count())
    if await mine.filter(url=address).exists():
        raise Conflict("the application has this address already", path=("input", "url"))
    row = await WebhookEndpoint.create(
        id=new_id(),
        **owned(grant.owner),
        grant_id=grant.id,
        app_id=grant.app_id,
        name=check_name(name),
        url=address,
        events=check_events(events),
        created_at=clock.now(),
        created_by=current().scope.actor,
    )
    await _told("registered", row, events=row.events)
    return Opened(row, keys_of(row.id, row.key_version))


async def change(
    endpoint_id: UUID,
    *,
    name: str | None = None,
    url: str | None = None,
    events: Iterable[str] | None = None,
    app_id: UUID | None = None,
) -> WebhookEndpoint:
    """Change what is given; what waits goes to the new address.

    Raises:
        NotFound: no such endpoint, or not the application's own.
        Conflict: the application has that address already.
        Invalid: name, address or events.
    """
    row = await locked(endpoint_id, app_id)
    if name is not None:
        row.name = check_name(name)
    if events is not None:
        row.events = check_events(events)
    if url is not None:
        row.url = check_url(url, intranet_hosts())
        others = WebhookEndpoint.filter(tenant_id=row.tenant_id, app_id=row.app_id, url=row.url)
        if await others.exclude(id=row.id).exists():
            raise Conflict("the application has this address already", path=("input", "url"))
    await _save(row, "name", "url", "events")
    await _told("changed", row, events=row.events)
    return row


async def enable(endpoint_id: UUID, app_id: UUID | None = None) -> WebhookEndpoint:
    """Turn an endpoint on; what was held meanwhile is sent by `delivering.resend_lost`.

    Raises:
        NotFound: no such endpoint, or not the application's own.
        Conflict: it is on.
    """
    row = await locked(endpoint_id, app_id)
    if row.state == EndpointState.ENABLED.value:
        raise Conflict("the endpoint is on already")
    row.state, row.disabled_reason = EndpointState.ENABLED.value, ""
    row.disabled_at = row.failing_since = None
    await _save(row, "state", "disabled_reason", "disabled_at", "failing_since")
    await _told("enabled", row)
    return row


async def disable(endpoint_id: UUID, app_id: UUID | None = None) -> WebhookEndpoint:
    """Turn an endpoint off; what waits and what happens meanwhile is held.

    Raises:
        NotFound: no such endpoint, or not the application's own.
        Conflict: it is off.
    """
    row = await locked(endpoint_id, app_id)
    if row.state == EndpointState.DISABLED.value:
        raise Conflict("the endpoint is off already")
    await turn_off(row, DisabledReason.BY_HAND)
    return row


async def turn_off(row: WebhookEndpoint, reason: DisabledReason) -> None:
    """Turn a locked endpoint off and hold what waits for it."""
    row.state, row.disabled_reason = EndpointState.DISABLED.value, reason.value
    row.disabled_at = clock.now()
    await _save(row, "state", "disabled_reason", "disabled_at")
    await WebhookDelivery.filter(
        tenant_id=row.tenant_id, endpoint_id=row.id, state=DeliveryState.PENDING.value
    ).update(
        state=DeliveryState.HELD.value,
        reason=f"the endpoint is off: {reason.value}",
        due_at=None,
        claimed_until=None,
    )
    await _told("disabled", row, reason=reason.value)


async def rotate(endpoint_id: UUID, app_id: UUID | None = None) -> Opened:
    """Give an endpoint new keys; for `OVERLAP` each message is signed by the former ones too.

    Raises:
        NotFound: no such endpoint, or not the application's own.
    """
    row = await locked(endpoint_id, app_id)
    row.key_version += 1
    row.previous_until = clock.now() + OVERLAP
    await _save(row, "key_version", "previous_until")
    await _told("rotated", row, version=row.key_version)
    return Opened(row, keys_of(row.id, row.key_version))


async def remove(endpoint_id: UUID, app_id: UUID | None = None) -> UUID:
    """Remove an endpoint with its log; the audit chain keeps that it was there.

    Raises:
        NotFound: no such endpoint, or not the application's own.
    """
    row = await locked(endpoint_id, app_id)
    await WebhookEndpoint.filter(tenant_id=row.tenant_id, id=row.id).delete()
    await _told("removed", row)
    return row.id


async def ping(endpoint_id: UUID, app_id: UUID | None = None) -> WebhookDelivery:
    """Send a test message.

    Raises:
        NotFound: no such endpoint, or not the application's own.
        Conflict: the endpoint is off.
    """
    row = await locked(endpoint_id, app_id)
    if row.state != EndpointState.ENABLED.value:
        raise Conflict("turn the endpoint on first")
    entry = catalogue.BY_TYPE[catalogue.PING]
    message = await write(row, entry, new_id(), clock.now(), {})
    await _told("pinged", row, delivery=str(message.id))
    return message


async def write(
    row: WebhookEndpoint,
    entry: catalogue.PublicEvent,
    event_id: UUID,
    occurred_at: Any,
    payload: Any,
) -> WebhookDelivery:
    """Write the message about one event to a locked endpoint, with its next number."""
    row.last_sequence += 1
    await _save(row, "last_sequence")
    on = row.state == EndpointState.ENABLED.value
    now = clock.now()
    body = {
        "type": entry.type,
        "timestamp": occurred_at.isoformat().replace("+00:00", "Z"),
        "sequence": row.last_sequence,
        "data": catalogue.data(entry, row.tenant_id, payload),
    }
    return await WebhookDelivery.create(
        id=new_id(),
        **owned(row.owner),
        endpoint_id=row.id,
        app_id=row.app_id,
        event_id=event_id,
        event_type=entry.type,
        occurred_at=occurred_at,
        sequence=row.last_sequence,
        body=orjson.dumps(body).decode(),
        state=(DeliveryState.PENDING if on else DeliveryState.HELD).value,
        reason="" if on else f"the endpoint is off: {row.disabled_reason}",
        due_at=now if on else None,
        created_at=now,
    )


async def locked(endpoint_id: UUID, app_id: UUID | None = None) -> WebhookEndpoint:
    """The endpoint, held until the transaction ends; always before its deliveries.

    Raises:
        NotFound: no such endpoint in this scope, or not the application's own.
    """
    row = await WebhookEndpoint.filter(id=endpoint_id).select_for_update().first()
    if (
        row is None
        or row.tenant_id not in current().scope.writable
        or app_id not in (None, row.app_id)
    ):
        raise NotFound("no such endpoint", path=("input", "endpointId"))
    return row


async def _save(row: WebhookEndpoint, *columns: str) -> None:
    changed = {column: getattr(row, column) for column in columns}
    await WebhookEndpoint.filter(tenant_id=row.tenant_id, id=row.id).update(**changed)


async def _told(act: str, row: WebhookEndpoint, **detail: Any) -> None:
    name = f"webhooks.endpoint_{act}"
    await audit.record(name, row.owner, "WebhookEndpoint", row.id, app=str(row.app_id), **detail)
    await outbox.emit(name, row.owner, {"endpoint": str(row.id)})
