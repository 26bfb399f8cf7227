"""Who registers, sees and sends again: the town its own, an application its own in each town."""

from collections.abc import Callable
from typing import Any

import asyncpg
import orjson
import pytest
from strawberry import relay as global_ids
from tortoise.backends.asyncpg.client import TransactionWrapper

from service.database import credentials
from service.identity import oauth, queries
from service.settings import settings
from service.webhooks import signing
from service.webhooks.records import WebhookEndpoint
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction

Make = Callable[..., Any]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that models and queries run."""
    seen: list[str] = []
    for name in ("execute_query", "execute_query_dict"):
        original = getattr(TransactionWrapper, name)

        async def run(self: Any, query: str, *args: Any, _run: Any = original, **kw: Any) -> Any:
            seen.append(query)
            return await _run(self, query, *args, **kw)

        monkeypatch.setattr(TransactionWrapper, name, run)
    return seen


REGISTER = """
mutation Register($input: RegisterWebhookEndpointInput!) {
  registerWebhookEndpoint(input: $input) {
    endpoint { id name url events state publicKey appName }
    secret
    errors { code path }
  }
}"""
LIST = """
{ webhookEndpoints { totalCount edges { node { id name usage { pending lost delivered } } } } }"""
LOG = """
query Log($where: WebhookDeliveryWhere, $first: Int! = 20) {
  webhookDeliveries(where: $where, first: $first) {
    totalCount
    edges { node {
      id event state attemptCount sequence body endpoint { name }
      attempts { number status excerpt }
    } }
  }
}"""


def given(grant: Any, address: str, /, **more: Any) -> dict[str, Any]:
    identity = global_ids.to_base64("AppGrant", str(grant.id))
    return {
        "input": {
            "grantId": identity,
            "name": "物联网",
            "url": address,
            "events": ["hazard.closed"],
            **more,
        }
    }


async def app_principal(grant: Any, **scope: Any) -> Principal:
    """The application as its token makes it."""
    from tenants.scope import Scope

    owner = grant.owner
    only = frozenset({owner.tenant_id})
    key = f"app:{grant.app_id}"
    return Principal(
        key,
        Role.APP,
        Scope(key, owner, frozenset({owner.district_id}), only, only),
        grant.app_name,
        grants=frozenset(grant.scopes),
    )


async def everything() -> list[Any]:
    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    try:
        return await connection.fetch("select * from webhook_endpoints order by id")
    finally:
        await connection.close()


async def test_the_town_registers_and_sees_the_secret_this_once(
    world: Any, admit: Make, receiver: Any, execute: Make
) -> None:
    town = world.towns[0]
    grant = await admit(town.owner)
    admin = town.principal()
    asked = given(grant, receiver.url(), idempotencyKey="k1")

    answer = (await execute(admin, REGISTER, asked))["data"]["registerWebhookEndpoint"]

    assert answer["errors"] == []
    assert answer["endpoint"]["appName"] == grant.app_name
    identity = global_ids.from_base64(answer["endpoint"]["id"])[1]
    keys = signing.keys_of(identity, 1)  # type: ignore[arg-type]
    assert (answer["secret"], answer["endpoint"]["publicKey"]) == (keys.secret, keys.public_key)
    shown = await execute(admin, LIST)
    assert keys.secret not in orjson.dumps(shown).decode()
    # A repeat gets the same answer, although the table holds no secret.
    again = (await execute(admin, REGISTER, asked))["data"]["registerWebhookEndpoint"]
    assert again == answer
    async with tenant_transaction(town.scope()) as transaction:
        for table in ("idempotency_keys", "webhook_endpoints", "audit_entries", "outbox_events"):
            rows = await transaction.fetch(f"select t::text as text from {table} t")
            assert not [row for row in rows if keys.secret[6:] in row["text"]], table


async def test_an_application_registers_with_the_scope_that_the_town_granted(
    world: Any, admit: Make, receiver: Any, execute: Make
) -> None:
    grant = await admit(world.towns[0].owner)
    unable = await admit(world.towns[0].owner, "hazard:read")
    other = await admit(world.towns[0].owner)

    made = await execute(await app_principal(grant), REGISTER, given(grant, receiver.url()))
    bare = await execute(await app_principal(unable), REGISTER, given(unable, receiver.url()))
    foreign = await execute(await app_principal(grant), REGISTER, given(other, receiver.url()))

    assert made["data"]["registerWebhookEndpoint"]["errors"] == []
    codes = [
        [error["code"] for error in answer["data"]["registerWebhookEndpoint"]["errors"]]
        for answer in (bare, foreign)
    ]
    assert codes == [["FORBIDDEN"], ["NOT_FOUND"]]


async def test_a_real_token_registers_in_each_of_its_towns(
    world: Any, receiver: Any, execute: Make
) -> None:
    from service.identity import apps
    from service.identity import commands as identity
    from tenants.scope import Scope

    scopes = ["hazard:read", "webhook:read", "webhook:write"]
    async with tenant_transaction(Scope.of_platform("operator")):
        app, secret = await apps.register_app("集成商二镇", scopes)
    grants = []
    for town in world.towns:
        async with tenant_transaction(identity.enrolment_scope(town.owner, "operator")):
            row = await apps.request_app_grant(app.client_id, town.owner, scopes)
            grants.append(await apps.approve_app_grant(row.id))
    token = (await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.9")).token
    principal = await queries.authenticate(token)

    for grant in grants:
        answer = await execute(principal, REGISTER, given(grant, receiver.url()))
        assert answer["data"]["registerWebhookEndpoint"]["errors"] == []

    assert (await execute(principal, LIST))["data"]["webhookEndpoints"]["totalCount"] == 2
    for town in world.towns:
        seen = await execute(town.principal(), LIST)
        assert seen["data"]["webhookEndpoints"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"url": "http://example.com/"}, "INVALID", ["input", "url"]),
        ({"url": "https://10.0.0.1/"}, "INVALID", ["input", "url"]),
        ({"events": ["hazard.*"]}, "INVALID", ["input", "events"]),
        ({"name": " "}, "INVALID", ["input", "name"]),
        ({"grantId": global_ids.to_base64("Hazard", "x")}, "INVALID", ["input", "grantId"]),
    ],
)
async def test_a_refusal_changes_nothing(
    world: Any, admit: Make, receiver: Any, execute: Make, change: Any, code: str, path: list[str]
) -> None:
    grant = await admit(world.towns[0].owner)
    before = await everything()

    answer = await execute(
        world.towns[0].principal(), REGISTER, given(grant, receiver.url(), **change)
    )

    assert answer["data"]["registerWebhookEndpoint"] == {
        "endpoint": None, "secret": None, "errors": [{"code": code, "path": path}],
    }  # fmt: skip
    assert await everything() == before


async def test_an_address_is_registered_once_and_ten_are_the_most(
    world: Any, admit: Make, receiver: Any, execute: Make
) -> None:
    grant, admin = await admit(world.towns[0].owner), world.towns[0].principal()
    codes = []
    for path in ["/0", *(f"/{number}" for number in range(11))]:
        answer = await execute(admin, REGISTER, given(grant, receiver.url(path)))
        codes += [e["code"] for e in answer["data"]["registerWebhookEndpoint"]["errors"]]

    assert codes == ["CONFLICT", "CONFLICT"]
    assert (await execute(admin, LIST))["data"]["webhookEndpoints"]["totalCount"] == 10


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.COMMITTEE, Role.ENTERPRISE, Role.DEPARTMENT])
async def test_nobody_else_sees_or_does_anything(
    world: Any, admit: Make, receiver: Any, execute: Make, role: Role
) -> None:
    grant = await admit(world.towns[0].owner)
    who = world.committee() if role is Role.COMMITTEE else world.towns[0].principal(role)

    seen = await execute(who, LIST)
    done = await execute(who, REGISTER, given(grant, receiver.url()))

    assert [e["extensions"]["code"] for e in seen["errors"]] == ["FORBIDDEN"]
    errors = done["data"]["registerWebhookEndpoint"]["errors"]
    assert [e["code"] for e in errors] == ["FORBIDDEN"]


ACTS = {
    "changeWebhookEndpoint": ("endpointId", "endpoint { name }", {"name": "新名"}),
    "disableWebhookEndpoint": ("endpointId", "endpoint { state }", {}),
    "enableWebhookEndpoint": ("endpointId", "endpoint { state }", {}),
    "rotateWebhookSecret": ("endpointId", "secret", {}),
    "pingWebhookEndpoint": ("endpointId", "delivery { event }", {}),
    "removeWebhookEndpoint": ("endpointId", "removedId", {}),
    "redeliverLostWebhooks": ("endpointId", "count", {"since": "2026-01-01T00:00:00Z"}),
}


async def perform(
    execute: Make, who: Principal, name: str, endpoint: Any, **more: Any
) -> dict[str, Any]:
    field, shown, values = ACTS[name]
    kind = f"{name[0].upper()}{name[1:]}Input"
    document = (
        f"mutation Act($input: {kind}!) {{ {name}(input: $input) {{ {shown} errors {{ code }} }} }}"
    )
    identity = global_ids.to_base64("WebhookEndpoint", str(endpoint.id))
    answer = await execute(who, document, {"input": {field: identity, **values, **more}})
    return dict(answer["data"][name])


@pytest.mark.parametrize("name", ACTS)
async def test_another_town_and_another_application_find_no_endpoint(
    world: Any, admit: Make, opened: Make, execute: Make, name: str
) -> None:
    endpoint = (await opened(world.towns[0])).endpoint
    before = await everything()
    stranger = await app_principal(await admit(world.towns[0].owner))

    for who in (world.towns[1].principal(), stranger):
        answer = await perform(execute, who, name, endpoint)
        assert answer["errors"] == [{"code": "NOT_FOUND"}]

    assert await everything() == before


async def test_an_endpoint_from_test_message_to_removal(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, execute: Make
) -> None:
    town, admin = world.towns[0], world.towns[0].principal()
    made = await opened(town)
    ping = await perform(execute, admin, "pingWebhookEndpoint", made.endpoint)
    await send()
    assert ping["delivery"] == {"event": "webhook.ping"}
    assert orjson.loads(receiver.got[0].body)["type"] == "webhook.ping"

    off = await perform(execute, admin, "disableWebhookEndpoint", made.endpoint)
    twice = await perform(execute, admin, "disableWebhookEndpoint", made.endpoint)
    silent = await perform(execute, admin, "pingWebhookEndpoint", made.endpoint)
    await say(town, 2)
    assert off["endpoint"] == {"state": "DISABLED"}
    assert (twice["errors"], silent["errors"]) == ([{"code": "CONFLICT"}], [{"code": "CONFLICT"}])
    listed = (await execute(admin, LIST))["data"]["webhookEndpoints"]["edges"][0]["node"]
    assert listed["usage"] == {"pending": 0, "lost": 2, "delivered": 1}

    await perform(execute, admin, "enableWebhookEndpoint", made.endpoint)
    again = await perform(execute, admin, "redeliverLostWebhooks", made.endpoint)
    await send()
    assert again["count"] == 2
    log = (await execute(admin, LOG))["data"]["webhookDeliveries"]
    assert [edge["node"]["state"] for edge in log["edges"]] == ["DELIVERED"] * 3
    assert log["edges"][0]["node"]["attempts"] == [
        {"number": 1, "status": 200, "excerpt": "thank you"}
    ]

    gone = await perform(execute, admin, "removeWebhookEndpoint", made.endpoint)
    assert global_ids.from_base64(gone["removedId"]) == ("WebhookEndpoint", str(made.endpoint.id))
    assert (await execute(admin, LOG))["data"]["webhookDeliveries"]["totalCount"] == 0
    async with tenant_transaction(town.scope()):
        assert await WebhookEndpoint.all().count() == 0


async def test_the_log_is_filtered_and_an_application_sees_its_own(
    world: Any, receiver: Any, opened: Make, say: Make, send: Make, execute: Make
) -> None:
    town = world.towns[0]
    first, second = await opened(town, path="/1"), await opened(town, path="/2")
    receiver.decide = lambda one: 500 if one.path == "/2" else None
    await say(town, 2)
    await send()
    admin = town.principal()

    async def count(who: Principal, **where: Any) -> int:
        answer = await execute(who, LOG, {"where": where})
        return int(answer["data"]["webhookDeliveries"]["totalCount"])

    identity = global_ids.to_base64("WebhookEndpoint", str(second.endpoint.id))
    assert await count(admin) == 4
    assert await count(admin, states=["PENDING"]) == 2
    assert await count(admin, endpointId=identity, states=["DELIVERED"]) == 0
    assert await count(admin, event="hazard.reported") == 0
    assert await count(admin, since="2100-01-01T00:00:00Z") == 0
    assert await count(admin, until="2100-01-01T00:00:00Z") == 4
    from service.identity.records import AppGrant

    async with tenant_transaction(town.scope()):
        grant = await AppGrant.get(id=first.endpoint.grant_id)
    assert await count(await app_principal(grant)) == 2
    assert await count(world.towns[1].principal()) == 0


async def test_a_page_of_the_log_costs_the_same_however_long_it_is(
    world: Any, opened: Make, say: Make, execute: Make, statements: list[str]
) -> None:
    town, admin = world.towns[0], world.towns[0].principal()
    await opened(town)
    await say(town, 1)
    counted = []
    for more in (0, 30):
        if more:
            await say(town, more)
        statements.clear()
        await execute(admin, LOG, {"first": 50})
        counted.append(len(statements))

    assert counted[0] == counted[1] > 0
