"""A consumer that keeps a copy by the feed alone, as the page for integrators tells it to."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Enterprise
from tenants.ids import new_id
from tenants.principal import Principal
from tenants.rights import Role
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import Execute, Town, World

CHANGES = """
query ($after: String, $first: Int! = 20, $kinds: [ChangedKind!], $tenants: [ID!]) {
  changes(after: $after, first: $first, kinds: $kinds, tenants: $tenants) {
    edges {
      cursor
      node { what tenantId kinds at objectId object { id ... on Enterprise { name } } }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
LISTS = {
    "ENTERPRISE": "query ($after: String) { list: enterprises(first: 100, after: $after)"
    " { edges { node { id name } } pageInfo { hasNextPage endCursor } } }",
    "HAZARD": "query ($after: String) { list: hazards(first: 100, after: $after)"
    " { edges { node { id } } pageInfo { hasNextPage endCursor } } }",
}


def app_of(
    towns: Iterable[Town], scopes: Iterable[str] = ("register:read", "hazard:read")
) -> Principal:
    """An application that these towns have let in."""
    owners = [town.owner for town in towns]
    readable = frozenset(owner.tenant_id for owner in owners)
    districts = frozenset(owner.district_id for owner in owners)
    home = owners[0] if len(owners) == 1 else None
    key = f"app:{new_id()}"
    scope = Scope(key, home, districts, readable, frozenset())
    return Principal(key, Role.APP, scope, "同步应用", grants=frozenset(scopes))


async def enrol(town: Town, name: str = "安商甲店") -> Enterprise:
    """A new enterprise of a town, in a transaction of its own."""
    async with tenant_transaction(town.scope()):
        return await enrol_enterprise(town.owner, name=name, alternate_id=f"旧{new_id().hex}")


async def open_premises(town: Town, enterprise: Enterprise) -> Any:
    """A place of the enterprise."""
    async with tenant_transaction(town.scope()):
        return await add_premises(
            enterprise.id, name="门店", address="某路1号", latitude=29.6, longitude=106.5
        )


@dataclass
class Consumer:
    """Keeps what it was told to keep: by town and kind, each object as it was last given."""

    execute: Execute
    cursor: str | None = None
    kept: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    async def page(self, principal: Principal, first: int = 20, **more: Any) -> Any:
        """One page after the cursor, not yet taken in."""
        variables = {"after": self.cursor, "first": first, **more}
        if principal.role is Role.APP:  # its budget is not what these tests are about
            principal = replace(principal, key=f"app:{new_id()}")
        answer = await self.execute(principal, CHANGES, variables)
        assert answer["errors"] == [], answer["errors"]
        return answer["data"]["changes"]

    async def poll(self, principal: Principal, first: int = 20, **more: Any) -> list[Any]:
        """Take in whatever there is, as the documentation says; the lines that came."""
        lines = []
        while True:
            page = await self.page(principal, first, **more)
            for edge in page["edges"]:
                await self.take(principal, edge["node"])
                lines.append(edge["node"])
            self.cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return lines

    async def take(self, principal: Principal, line: Any) -> None:
        """One line."""
        for kind in line["kinds"]:
            key = (line["tenantId"], kind)
            if line["what"] in ("RESYNC", "LOST"):
                self.kept.pop(key, None)
            if line["what"] == "RESYNC":
                self.kept[key] = await self.read(principal, kind, line["tenantId"])
            elif line["what"] == "REMOVED":
                self.kept.setdefault(key, {}).pop(line["objectId"], None)
            elif line["what"] in ("CREATED", "UPDATED"):
                self.kept.setdefault(key, {})[line["objectId"]] = line["object"].get("name")

    async def read(self, principal: Principal, kind: str, tenant: str) -> dict[str, Any]:
        """The list of one kind; the lists here hold one town for who reads one town."""
        if kind not in LISTS:
            return {}
        found: dict[str, Any] = {}
        after, alone = None, only(principal, tenant)
        while True:
            answer = await self.execute(alone, LISTS[kind], {"after": after})
            page = answer["data"]["list"]
            found |= {edge["node"]["id"]: edge["node"].get("name") for edge in page["edges"]}
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]


def only(principal: Principal, tenant: str) -> Principal:
    """The same caller with the rows of one town, as a token for that town would have."""
    one = frozenset({UUID(base64.b64decode(tenant).decode().partition(":")[2])})
    scope = replace(principal.scope, readable=one)
    return replace(principal, key=f"app:{new_id()}", scope=scope)


@pytest.fixture
def consumer(execute: Execute) -> Consumer:
    """A consumer that has read nothing yet."""
    return Consumer(execute)


@pytest.fixture
async def app(world: World) -> Principal:
    """An application that both towns have let in."""
    return app_of(world.towns)
