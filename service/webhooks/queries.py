"""What can be asked about webhooks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from service import clock
from service.webhooks.records import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks.rules import DeliveryState, EndpointState
from tenants.wall import current

USAGE_DAYS = 7
SHOWN_ATTEMPTS = 20  # of one message, newest first; sending again by hand can make more


@dataclass(frozen=True, slots=True)
class Usage:
    """Messages to one endpoint: what waits or was lost, and what arrived lately."""

    pending: int = 0
    lost: int = 0
    delivered: int = 0


def endpoints(state: EndpointState | None = None) -> QuerySet[WebhookEndpoint]:
    """Endpoints in scope."""
    found = WebhookEndpoint.all()
    return found.filter(state=state.value) if state else found


def deliveries(
    *,
    endpoint_id: UUID | None = None,
    states: Iterable[DeliveryState] | None = None,
    event_type: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[WebhookDelivery]:
    """Messages in scope; `since` and `until` bound when they were written, the latter excluded."""
    found = WebhookDelivery.all()
    if endpoint_id is not None:
        found = found.filter(endpoint_id=endpoint_id)
    if states is not None:
        found = found.filter(state__in=[state.value for state in states])
    if event_type is not None:
        found = found.filter(event_type=event_type)
    if since is not None:
        found = found.filter(created_at__gte=since)
    if until is not None:
        found = found.filter(created_at__lt=until)
    return found


async def attempts_of(delivery_ids: list[UUID]) -> dict[UUID, list[WebhookAttempt]]:
    """The newest attempts of each message, newest first, in one statement."""
    rows = await WebhookAttempt.filter(delivery_id__in=delivery_ids).order_by("-number")
    found: dict[UUID, list[WebhookAttempt]] = {one: [] for one in delivery_ids}
    for row in rows:
        if len(found[row.delivery_id]) < SHOWN_ATTEMPTS:
            found[row.delivery_id].append(row)
    return found


async def usage_of(endpoint_ids: list[UUID]) -> dict[UUID, Usage]:
    """The numbers of each endpoint, in one statement."""
    rows = await current().fetch(
        "select endpoint_id,"
        " count(*) filter (where state = 'PENDING') as pending,"
        " count(*) filter (where state in ('FAILED', 'HELD')) as lost,"
        " count(*) filter (where state = 'DELIVERED' and delivered_at >= $2) as delivered"
        " from webhook_deliveries where endpoint_id = any ($1) group by endpoint_id",
        endpoint_ids,
        clock.now() - timedelta(days=USAGE_DAYS),
    )
    return {
        row["endpoint_id"]: Usage(row["pending"], row["lost"], row["delivered"]) for row in rows
    }
