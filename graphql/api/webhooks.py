"""Webhooks in the schema: endpoints, the log of messages, and the catalogue of public events."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay
from tortoise.queryset import QuerySet

from api.context import Info
from api.nodes import RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.identity.records import AppGrant
from service.webhooks import catalogue, queries, records, signing
from service.webhooks.queries import Usage
from service.webhooks.rules import DeliveryState, DisabledReason, EndpointState
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject

strawberry.enum(
    EndpointState, name="WebhookEndpointState", description="Whether an endpoint gets messages"
)
strawberry.enum(
    DisabledReason, name="WebhookDisabledReason", description="Why an endpoint gets nothing"
)
strawberry.enum(
    DeliveryState, name="WebhookDeliveryState", description="Where a message to an endpoint stands"
)


def own_app(principal: Principal) -> UUID | None:
    """The application that asks, None where a member does."""
    return UUID(principal.key.removeprefix("app:")) if principal.role is Role.APP else None


class OwnAppNode(RowNode):
    """Base of rows of which an application sees its own alone."""

    object_kind = Subject.WEBHOOK

    @classmethod
    def seen(cls, principal: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the application itself; a member sees all of the town."""
        app = own_app(principal)
        return found if app is None else found.filter(app_id=app)


@strawberry.type(description="Public event that an endpoint may subscribe to")
class WebhookEventType:
    """One entry of the catalogue."""

    type: str = strawberry.field(description="Name of the event, such as `hazard.closed`")
    description: str = strawberry.field(description="What happened")
    scope: str | None = strawberry.field(
        description="Scope that the town must have granted, null where any grant is enough"
    )
    fields: list[str] = strawberry.field(description="What `data` of the message holds")


@strawberry.type(description="Messages to one endpoint in numbers")
class WebhookUsage:
    """Counted on demand."""

    pending: int = strawberry.field(description="Messages that wait for their next attempt")
    lost: int = strawberry.field(description="Messages that failed or were held, to be sent again")
    delivered: int = strawberry.field(description="Messages that arrived in the last seven days")


@strawberry.type(description="One try to hand a message over")
class WebhookAttempt:
    """One attempt."""

    number: int = strawberry.field(description="Number of the attempt, from 1")
    at: datetime = strawberry.field(description="Beginning of the attempt, timestamp")
    duration_ms: int = strawberry.field(description="How long it took, in milliseconds")
    status: int | None = strawberry.field(description="HTTP status, null where none came")
    error: str | None = strawberry.field(description="Why it failed without an answer")
    excerpt: str | None = strawberry.field(description="First 1,024 bytes of the answer")

    @classmethod
    def of(cls, row: records.WebhookAttempt) -> "WebhookAttempt":
        """The row as the schema shows it."""
        return cls(
            number=row.number,
            at=row.at,
            duration_ms=row.duration_ms,
            status=row.status,
            error=row.error or None,
            excerpt=row.excerpt or None,
        )


@strawberry.type(description="Address at which an application hears of the town")
class WebhookEndpoint(OwnAppNode, relay.Node):
    """One endpoint."""

    model = records.WebhookEndpoint

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.WebhookEndpoint]
    name: str = strawberry.field(description="Name of the endpoint")
    url: str = strawberry.field(description="Address that messages are posted to")
    events: list[str] = strawberry.field(description="Types that it subscribes to, sorted")
    state: EndpointState = strawberry.field(description="Whether it gets messages")
    disabled_reason: DisabledReason | None = strawberry.field(description="Why it is off")
    disabled_at: datetime | None = strawberry.field(description="Since when, timestamp")
    failing_since: datetime | None = strawberry.field(
        description="First failure that no success followed, timestamp"
    )
    former_key_until: datetime | None = strawberry.field(
        description="Until when messages are signed by the former keys too, timestamp"
    )
    created_at: datetime = strawberry.field(description="Registration, timestamp")

    @strawberry.field(description="Key to verify `v1a` signatures with (ed25519), as `whpk_…`")
    def public_key(self) -> str:
        """Of the present version; no secret."""
        return signing.keys_of(self.row.id, self.row.key_version).public_key

    @strawberry.field(description="Name of the application")
    async def app_name(self, info: Info) -> str:
        """Loaded for all endpoints of the page in one statement."""

        async def load(keys: list[UUID]) -> list[str]:
            rows = {one.id: one.app_name for one in await AppGrant.filter(id__in=keys)}
            return [rows.get(key, "") for key in keys]

        return str(await info.context.loader("webhook_app", load).load(self.row.grant_id))

    @strawberry.field(description="Messages in numbers")
    async def usage(self, info: Info) -> WebhookUsage:
        """Counted for all endpoints of the page in one statement."""

        async def load(keys: list[UUID]) -> list[Usage]:
            found = await queries.usage_of(keys)
            return [found.get(key, Usage()) for key in keys]

        found: Usage = await info.context.loader("webhook_usage", load).load(self.id)
        return WebhookUsage(pending=found.pending, lost=found.lost, delivered=found.delivered)

    @classmethod
    def of(cls, row: records.WebhookEndpoint) -> "WebhookEndpoint":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            name=row.name,
            url=row.url,
            events=list(row.events),
            state=EndpointState(row.state),
            disabled_reason=DisabledReason(row.disabled_reason) if row.disabled_reason else None,
            disabled_at=row.disabled_at,
            failing_since=row.failing_since,
            former_key_until=row.previous_until,
            created_at=row.created_at,
        )


@strawberry.type(description="Message about one event to one endpoint")
class WebhookDelivery(OwnAppNode, relay.Node):
    """One message."""

    model = records.WebhookDelivery

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.WebhookDelivery]
    message_id: str = strawberry.field(description="Header `webhook-id`, the same at each attempt")
    event: str = strawberry.field(description="Type of the event")
    occurred_at: datetime = strawberry.field(description="When it happened, timestamp")
    sequence: int = strawberry.field(description="Number of the message at its endpoint, from 1")
    body: str = strawberry.field(description="JSON text as it is posted and signed")
    state: DeliveryState = strawberry.field(description="Where it stands")
    reason: str | None = strawberry.field(description="Why it stands there")
    attempt_count: int = strawberry.field(description="Attempts so far")
    next_attempt_at: datetime | None = strawberry.field(description="Next attempt, timestamp")
    delivered_at: datetime | None = strawberry.field(description="Arrival, timestamp")
    created_at: datetime = strawberry.field(description="When it was written, timestamp")

    @strawberry.field(description="Endpoint of the message")
    async def endpoint(self, info: Info) -> WebhookEndpoint:
        """Loaded for all messages of the page in one statement."""

        async def load(keys: list[UUID]) -> list[records.WebhookEndpoint | None]:
            rows = {one.id: one for one in await records.WebhookEndpoint.filter(id__in=keys)}
            return [rows.get(key) for key in keys]

        loader = info.context.loader("webhook_endpoint", load)
        return WebhookEndpoint.of(await loader.load(self.row.endpoint_id))

    @strawberry.field(description="Attempts, newest first, at most 20")
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        """Loaded for all messages of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.WebhookAttempt]]:
            found = await queries.attempts_of(keys)
            return [found[key] for key in keys]

        rows = await info.context.loader("webhook_attempts", load).load(self.id)
        return [WebhookAttempt.of(row) for row in rows]

    @classmethod
    def of(cls, row: records.WebhookDelivery) -> "WebhookDelivery":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            message_id=f"msg_{row.id}",
            event=row.event_type,
            occurred_at=row.occurred_at,
            sequence=row.sequence,
            body=row.body,
            state=DeliveryState(row.state),
            reason=row.reason or None,
            attempt_count=row.attempts,
            next_attempt_at=row.due_at,
            delivered_at=row.delivered_at,
            created_at=row.created_at,
        )


@strawberry.input(description="Which messages")
class WebhookDeliveryWhere:
    """Every filter is optional."""

    endpoint_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Messages to this endpoint"
    )
    states: list[DeliveryState] | None = strawberry.field(
        default=None, description="Messages in one of these states"
    )
    event: str | None = strawberry.field(default=None, description="Messages of this type")
    since: datetime | None = strawberry.field(
        default=None, description="Written at this instant or later"
    )
    until: datetime | None = strawberry.field(
        default=None, description="Written before this instant"
    )


@strawberry.type
class WebhookQuery:
    """Questions about webhooks."""

    @strawberry.field(description="Public events that an endpoint may subscribe to, by name")
    def webhook_event_types(self) -> list[WebhookEventType]:
        """A closed list; open to everybody."""
        return [
            WebhookEventType(
                type=one.type,
                description=one.description,
                scope=one.scope or None,
                fields=list(one.fields),
            )
            for name, one in sorted(catalogue.BY_TYPE.items())
            if name in catalogue.SUBSCRIBABLE
        ]

    @strawberry.field(description="Endpoints of the towns in scope, newest first")
    async def webhook_endpoints(
        self,
        info: Info,
        state: EndpointState | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[WebhookEndpoint]:
        """One page; an application sees its own."""
        info.context.require(Subject.WEBHOOK, Right.READ_OWN)
        found = WebhookEndpoint.seen(info.context.principal, queries.endpoints(state))
        return await page(found, WebhookEndpoint.of, first=first, after=after)

    @strawberry.field(description="Log of messages, newest first")
    async def webhook_deliveries(
        self,
        info: Info,
        where: WebhookDeliveryWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[WebhookDelivery]:
        """One page; an application sees its own."""
        info.context.require(Subject.WEBHOOK, Right.READ_OWN)
        chosen = where or WebhookDeliveryWhere()
        endpoint = chosen.endpoint_id
        found = queries.deliveries(
            endpoint_id=node_id(endpoint, WebhookEndpoint, "endpointId") if endpoint else None,
            states=chosen.states,
            event_type=chosen.event,
            since=chosen.since,
            until=chosen.until,
        )
        seen = WebhookDelivery.seen(info.context.principal, found)
        return await page(seen, WebhookDelivery.of, first=first, after=after, key="created_at")
