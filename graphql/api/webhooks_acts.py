"""Acts with webhooks: endpoints from registration to removal, test messages, sending again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from api.acts import KeyedInput, act
from api.context import Info
from api.identity import AppGrant
from api.nodes import node_id
from api.webhooks import WebhookDelivery, WebhookEndpoint, own_app
from service.webhooks import commands, delivering
from service.webhooks.commands import Opened
from tenants.rights import Right, Subject

NEEDS = (Subject.WEBHOOK, Right.WRITE)
ENDPOINT = ("endpoint", WebhookEndpoint)
SECRET = {
    "secret": (
        str,
        "Shared secret to verify `v1` signatures with, as `whsec_…`; shown this once",
    )
}


@strawberry.input(description="Endpoint to be registered")
class RegisterWebhookEndpointInput(KeyedInput):
    """Input of `registerWebhookEndpoint`."""

    grant_id: relay.GlobalID = strawberry.field(
        description="Active grant of the town to the application"
    )
    name: str = strawberry.field(description="Name of the endpoint, at most 100 characters")
    url: str = strawberry.field(
        description="Address to post to, https, at most 500 characters; plain http and private"
        " addresses are for hosts that the operator lists"
    )
    events: list[str] = strawberry.field(description="Types to subscribe to")


@strawberry.input
class EndpointInput(KeyedInput):
    """The endpoint an act is about."""

    endpoint_id: relay.GlobalID = strawberry.field(description="Endpoint that the act is about")


@strawberry.input(description="Changes of an endpoint")
class ChangeWebhookEndpointInput(EndpointInput):
    """Input of `changeWebhookEndpoint`; what is absent stays."""

    name: str | None = strawberry.field(default=None, description="New name")
    url: str | None = strawberry.field(
        default=None, description="New address; what waits goes there too"
    )
    events: list[str] | None = strawberry.field(default=None, description="New types")


@strawberry.input(description="Endpoint to be turned on")
class EnableWebhookEndpointInput(EndpointInput):
    """Input of `enableWebhookEndpoint`."""


@strawberry.input(description="Endpoint to be turned off")
class DisableWebhookEndpointInput(EndpointInput):
    """Input of `disableWebhookEndpoint`."""


@strawberry.input(description="Endpoint that gets new keys")
class RotateWebhookSecretInput(EndpointInput):
    """Input of `rotateWebhookSecret`."""


@strawberry.input(description="Endpoint to be removed")
class RemoveWebhookEndpointInput(EndpointInput):
    """Input of `removeWebhookEndpoint`."""


@strawberry.input(description="Endpoint that gets a test message")
class PingWebhookEndpointInput(EndpointInput):
    """Input of `pingWebhookEndpoint`."""


@strawberry.input(description="Message to be sent again")
class RedeliverWebhookInput(KeyedInput):
    """Input of `redeliverWebhook`."""

    delivery_id: relay.GlobalID = strawberry.field(description="Message to be sent again")


@strawberry.input(description="Messages to be sent again")
class RedeliverLostWebhooksInput(EndpointInput):
    """Input of `redeliverLostWebhooks`."""

    since: datetime = strawberry.field(
        description="Messages written at this instant or later that failed or were held"
    )


def _endpoint(given: EndpointInput) -> UUID:
    return node_id(given.endpoint_id, WebhookEndpoint, "endpointId")


def _opened(info: Info, made: Opened) -> dict[str, Any]:
    info.context.confidential = True
    return {"endpoint": WebhookEndpoint.of(made.endpoint), "secret": made.keys.secret}


async def _register(info: Info, given: RegisterWebhookEndpointInput) -> dict[str, Any]:
    made = await commands.register(
        node_id(given.grant_id, AppGrant, "grantId"),
        name=given.name,
        url=given.url,
        events=given.events,
        app_id=own_app(info.context.principal),
    )
    return _opened(info, made)


async def _change(info: Info, given: ChangeWebhookEndpointInput) -> WebhookEndpoint:
    row = await commands.change(
        _endpoint(given),
        name=given.name,
        url=given.url,
        events=given.events,
        app_id=own_app(info.context.principal),
    )
    return WebhookEndpoint.of(row)


async def _enable(info: Info, given: EndpointInput) -> WebhookEndpoint:
    row = await commands.enable(_endpoint(given), own_app(info.context.principal))
    return WebhookEndpoint.of(row)


async def _disable(info: Info, given: EndpointInput) -> WebhookEndpoint:
    row = await commands.disable(_endpoint(given), own_app(info.context.principal))
    return WebhookEndpoint.of(row)


async def _rotate(info: Info, given: EndpointInput) -> dict[str, Any]:
    return _opened(info, await commands.rotate(_endpoint(given), own_app(info.context.principal)))


async def _remove(info: Info, given: EndpointInput) -> str:
    gone = await commands.remove(_endpoint(given), own_app(info.context.principal))
    return relay.to_base64("WebhookEndpoint", str(gone))


async def _ping(info: Info, given: EndpointInput) -> WebhookDelivery:
    row = await commands.ping(_endpoint(given), own_app(info.context.principal))
    return WebhookDelivery.of(row)


async def _again(info: Info, given: RedeliverWebhookInput) -> WebhookDelivery:
    chosen = node_id(given.delivery_id, WebhookDelivery, "deliveryId")
    row = await delivering.resend(chosen, own_app(info.context.principal))
    return WebhookDelivery.of(row)


async def _all_again(info: Info, given: RedeliverLostWebhooksInput) -> dict[str, Any]:
    row, count = await delivering.resend_lost(
        _endpoint(given), given.since, own_app(info.context.principal)
    )
    return {"endpoint": WebhookEndpoint.of(row), "count": count}


@strawberry.type
class WebhookMutation:
    """Acts with webhooks."""

    register_webhook_endpoint = act(
        "registerWebhookEndpoint",
        "Let an application hear of the town at an address; the secret is shown this once",
        RegisterWebhookEndpointInput,
        ENDPOINT,
        _register,
        needs=NEEDS,
        codes=("CONFLICT",),
        also=SECRET,
    )
    change_webhook_endpoint = act(
        "changeWebhookEndpoint",
        "Change name, address or types of an endpoint",
        ChangeWebhookEndpointInput,
        ENDPOINT,
        _change,
        needs=NEEDS,
        codes=("CONFLICT",),
    )
    enable_webhook_endpoint = act(
        "enableWebhookEndpoint",
        "Turn an endpoint on; `redeliverLostWebhooks` sends what was held",
        EnableWebhookEndpointInput,
        ENDPOINT,
        _enable,
        needs=NEEDS,
        codes=("CONFLICT",),
    )
    disable_webhook_endpoint = act(
        "disableWebhookEndpoint",
        "Turn an endpoint off; what waits and what happens meanwhile is held",
        DisableWebhookEndpointInput,
        ENDPOINT,
        _disable,
        needs=NEEDS,
        codes=("CONFLICT",),
    )
    rotate_webhook_secret = act(
        "rotateWebhookSecret",
        "Give an endpoint new keys; the former ones sign beside them for 24 hours",
        RotateWebhookSecretInput,
        ENDPOINT,
        _rotate,
        needs=NEEDS,
        also=SECRET,
    )
    remove_webhook_endpoint = act(
        "removeWebhookEndpoint",
        "Remove an endpoint with its log",
        RemoveWebhookEndpointInput,
        ("removedId", strawberry.ID),
        _remove,
        needs=NEEDS,
    )
    ping_webhook_endpoint = act(
        "pingWebhookEndpoint",
        "Send a test message of type `webhook.ping`",
        PingWebhookEndpointInput,
        ("delivery", WebhookDelivery),
        _ping,
        needs=NEEDS,
        codes=("CONFLICT",),
    )
    redeliver_webhook = act(
        "redeliverWebhook",
        "Send one message again, under its own id",
        RedeliverWebhookInput,
        ("delivery", WebhookDelivery),
        _again,
        needs=NEEDS,
        codes=("CONFLICT",),
    )
    redeliver_lost_webhooks = act(
        "redeliverLostWebhooks",
        "Send all messages again that failed or were held since an instant",
        RedeliverLostWebhooksInput,
        ENDPOINT,
        _all_again,
        needs=NEEDS,
        codes=("CONFLICT",),
        also={"count": (int, "Messages that will be sent again")},
    )
