"""A global id opens no object that its holder may not list: rights hold on every way in."""

from collections.abc import Callable
from typing import Any

import pytest
from strawberry import relay

from api.nodes import RowNode
from api.schema import schema
from service import audit
from service.identity import oauth, queries
from service.register.commands import add_premises, enrol_enterprise
from tenants.ids import new_id
from tenants.principal import Principal
from tenants.rights import Role
from tenants.wall import tenant_transaction

Make = Callable[..., Any]
NODE = "query Node($id: ID!) { node(id: $id) { id __typename } }"
ENTERPRISES = "{ enterprises { totalCount edges { node { name premises { name } } } } }"
WITHOUT_A_RIGHT_OF_THEIR_OWN = {"Body", "BodyPower", "Tenant", "Job"}
"""A power must be published to count (行政处罚法 art. 24), so that scope is enough to read it."""


async def finds(execute: Make, principal: Principal, kind: str, identity: Any) -> bool:
    global_id = relay.to_base64(kind, str(identity))
    answer = await execute(principal, NODE, {"id": global_id})
    if answer["errors"]:
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]
        assert not (answer["data"] or {}).get("node")
        return False
    return answer["data"]["node"] is not None


@pytest.fixture
async def shops(world: Any) -> list[dict[str, Any]]:
    """Two enterprises of the first town, each with premises."""
    town, made = world.towns[0], []
    async with tenant_transaction(town.scope()):
        for index in range(2):
            row = await enrol_enterprise(town.owner, name=f"商店{index}", alternate_id=f"A{index}")
            place = await add_premises(
                row.id, name="门店", address=f"{index}号", latitude=29.7, longitude=106.6
            )
            made.append({"Enterprise": row.id, "Premises": place.id})
    return made


def speaks_for(world: Any, enterprise_id: Any) -> Principal:
    town = world.towns[0]
    return Principal(
        "account:shop", Role.ENTERPRISE, town.scope(), "店主", enterprise_id=enterprise_id
    )


@pytest.mark.parametrize("kind", ["Enterprise", "Premises"])
async def test_an_enterprise_finds_itself_and_no_other(
    world: Any, shops: Any, execute: Make, kind: str
) -> None:
    own, other = shops
    principal = speaks_for(world, own["Enterprise"])

    assert await finds(execute, principal, kind, own[kind])
    assert not await finds(execute, principal, kind, other[kind])
    assert not await finds(execute, speaks_for(world, None), kind, own[kind])
    assert await finds(execute, world.towns[0].principal(), kind, other[kind])


async def test_an_enterprise_lists_itself_alone(world: Any, shops: Any, execute: Make) -> None:
    answer = await execute(speaks_for(world, shops[1]["Enterprise"]), ENTERPRISES)

    assert answer["data"]["enterprises"] == {
        "totalCount": 1,
        "edges": [{"node": {"name": "商店1", "premises": [{"name": "门店"}]}}],
    }


async def test_an_application_without_the_scope_finds_no_enterprise(
    world: Any, shops: Any, register: Make, grant: Make, execute: Make
) -> None:
    found = {}
    for scope in ("hazard:read", "register:read"):
        app, secret = await register(scope)
        await grant(app, world.towns[0].owner)
        issued = await oauth.issue_app_token(app.client_id, secret, None, "192.0.2.70")
        principal = await queries.authenticate(issued.token)
        found[scope] = await finds(execute, principal, "Enterprise", shops[0]["Enterprise"])

    assert found == {"hazard:read": False, "register:read": True}


async def test_books_are_not_read_across_tenants(world: Any, shops: Any, execute: Make) -> None:
    town = world.towns[0]
    async with tenant_transaction(town.scope(), read_only=True):
        entry = await audit.AuditEntry.filter(tenant_id=town.owner.tenant_id).first()

    assert await finds(execute, town.principal(), "AuditEntry", entry.id)
    for principal in (
        world.committee(),
        world.department("fire"),
        world.towns[1].principal(),
        speaks_for(world, shops[0]["Enterprise"]),
        town.principal(Role.INSPECTOR),
    ):
        assert not await finds(execute, principal, "AuditEntry", entry.id)


def node_types() -> dict[str, type[RowNode]]:
    found = schema._schema.type_map
    return {
        name: kind.extensions["strawberry-definition"].origin
        for name, kind in found.items()
        if "Node" in [one.name for one in getattr(kind, "interfaces", ())]
        and issubclass(kind.extensions["strawberry-definition"].origin, RowNode)
    }


def test_every_node_says_which_right_it_needs() -> None:
    """A type with a rule of its own overrides `resolve_nodes`."""
    open_types = {
        name
        for name, kind in node_types().items()
        if kind.object_kind is None
        and kind.resolve_nodes.__func__ is RowNode.resolve_nodes.__func__
    }

    assert len(node_types()) >= 10
    assert open_types == WITHOUT_A_RIGHT_OF_THEIR_OWN


@pytest.mark.parametrize("kind", sorted(node_types()))
async def test_an_id_of_nothing_is_null_or_refused(world: Any, execute: Make, kind: str) -> None:
    for principal in (world.towns[0].principal(), speaks_for(world, None)):
        for identity in (new_id(), "not-a-uuid", ""):
            assert not await finds(execute, principal, kind, identity)
