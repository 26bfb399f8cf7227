"""Through the schema: whoever asks for everything finds nothing of another tenant."""

import base64
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from structlog.testing import capture_logs

from api.context import Context
from api.schema import schema
from service.database import close_database, open_database
from service.settings import settings
from tenants.principal import PUBLIC, Principal
from tenants.rights import Right, Role, Subject, app_scope
from tests.api.documents import ROOTS, declared
from tests.conftest import _url
from tests.isolation import model
from tests.isolation.conftest import Siege
from tests.isolation.population import (
    NEIGHBOUR,
    OFFICE_A,
    OFFICE_B,
    STRANGER,
    VICTIM,
    Place,
    canaries,
    committee,
    department,
    town,
)
from tests.isolation.walk import Values, Walker

DEPTHS = (2, 1, 0)  # objects inside objects; a connection is no step
GRANTS = frozenset(app_scope(s, r) for s in Subject for r in (Right.READ_OWN, Right.WRITE))
Pairs = dict[str, list[str]]


@pytest.fixture(scope="module")
async def serving(database: None, siege: Siege) -> AsyncIterator[Siege]:
    """The schema serves the besieged database for the tests of this module."""
    before = os.environ["ANSHANG_DATABASE_URL"]
    await close_database()
    os.environ["ANSHANG_DATABASE_URL"] = _url("DATABASE_URL", siege.name)
    settings.cache_clear()
    await open_database()
    with capture_logs():  # defects that invented rows provoke are masked, and cost time to print
        yield siege
    await close_database()
    os.environ["ANSHANG_DATABASE_URL"] = before
    settings.cache_clear()
    await open_database()


def principals(siege: Siege, home: Place, office: Place) -> Iterator[Principal]:
    """One of every role, of a town and of its district."""

    def row_of(table: str, place: Place) -> UUID | None:
        row = siege.population.row(siege.relations[table], place)
        return UUID(row["id"]) if row else None

    keys = {Role.APP: f"app:{row_of('apps', home)}"}
    account = f"account:{row_of('accounts', home)}"
    for role in (Role.TENANT_ADMIN, Role.INSPECTOR, Role.ENTERPRISE, Role.APP):
        yield Principal(
            keys.get(role, account),
            role,
            town(home),
            "测试员",
            body_id=row_of("bodies", home),
            enterprise_id=row_of("enterprises", home) if role is Role.ENTERPRISE else None,
            grants=GRANTS if role is Role.APP else frozenset(),
        )
    body = row_of("bodies", office)
    yield Principal(account, Role.COMMITTEE, committee(office), "测试员")
    yield Principal(account, Role.DEPARTMENT, department(office), "测试员", body_id=body)


_compiled: set[Role] = set()
"""Roles for which the compiled tier has answered something."""


async def ask(
    principal: Principal, document: str, *, alike: bool = True
) -> tuple[Any, list[Any], str]:
    """Data, errors and the whole answer as text, of both tiers where there are two.

    The compiled tier names its tenant besides, so behind an open wall they are not `alike`.
    """
    result = await schema.execute(document, None, Context(principal))
    errors = [error.formatted for error in result.errors or []]
    compiled = await schema.answer(document, None, Context(principal)) or b""
    if compiled:
        _compiled.add(principal.role)
        assert not alike or orjson.loads(compiled)["data"] == result.data
    return result.data, errors, orjson.dumps([result.data, errors]).decode() + compiled.decode()


def global_id(type_name: str, identity: str | None) -> str:
    """What clients hold."""
    return base64.b64encode(f"{type_name}:{identity}".encode()).decode()


def walker(siege: Siege, ids: Pairs, *places: Place, compiled: bool = False) -> Walker:
    """A walker whose arguments name rows of the places; `compiled` keeps to declared fields."""
    marks = siege.population.marks.items()
    texts = [mark for mark, at in marks for p in places if at == ("tenants", p.name)]
    tenants = [str(place.owner.tenant_id) for place in places]
    values = Values(ids, [*texts, *tenants], tenants[0])
    return Walker(schema._schema, values, declared) if compiled else Walker(schema._schema, values)


_depths: dict[tuple[bool, str], int] = {}


async def documents(principal: Principal, walk: Walker) -> list[str]:
    """Every question, each at the greatest depth that its limits let through."""
    found = []
    for name in walk.fields():
        key = (principal.anonymous, name)
        for depth in DEPTHS if key not in _depths else ():
            _depths[key] = depth
            _, errors, _ = await ask(principal, walk.documents(name, depth)[0])
            codes = {(error.get("extensions") or {}).get("code", "") for error in errors}
            if not any("TOO" in code or "COST" in code for code in codes):
                break
        found += walk.documents(name, _depths[key])
    return found


async def visible_nodes(siege: Siege, home: Place, office: Place) -> Pairs:
    """Global ids, by type, that people of a place can open themselves."""
    walk, found = walker(siege, {}, home), {}
    for type_name in walk.node_types():
        found[type_name] = await _opened(siege, walk, type_name, (home, office))
    return found


async def _opened(
    siege: Siege, walk: Walker, type_name: str, places: tuple[Place, Place]
) -> list[str]:
    """Rows of a type: those of the first table whose rows open under the type's name."""
    everybody = list(principals(siege, *places))
    definition = schema.get_type_by_name(type_name)
    record = getattr(getattr(definition, "origin", None), "model", None)
    tables = [record._meta.db_table] if record else list(siege.population.rows)
    for rows in (siege.population.rows[table] for table in tables):
        present = [rows[place.name] for place in places if place.name in rows]
        ids = [global_id(type_name, row["id"]) for row in present if row.get("id")]
        if not ids:
            continue
        seen: set[str] = set()
        for principal in everybody:
            data, _, _ = await ask(principal, walk.nodes(type_name, ids, -1))
            seen |= {ids[int(name[1:])] for name, got in (data or {}).items() if got}
            if len(seen) == len(ids):
                break
        if seen:
            return sorted(seen)
    return []


def forbidden(siege: Siege, principal: Principal) -> dict[str, tuple[str, str]]:
    """Canaries that a principal must not meet."""
    return {
        mark: (table, place)
        for mark, (table, place) in siege.population.marks.items()
        if place in siege.population.rows[table]
        and place not in model.visible(siege.relations[table], siege.population, principal.scope)
    }


@pytest.fixture(scope="module")
async def strange(serving: Siege) -> Pairs:
    """What the town and the office of the other district can open."""
    return await visible_nodes(serving, STRANGER, OFFICE_B)


@pytest.fixture(scope="module")
async def beside(serving: Siege) -> Pairs:
    """What the other town of the same district can open."""
    return await visible_nodes(serving, VICTIM, OFFICE_A)


async def test_everybody_can_open_what_is_theirs(serving: Siege, strange: Pairs) -> None:
    """Without this, finding nothing would prove nothing."""
    walk, shown = walker(serving, strange, STRANGER), set[str]()
    for principal in principals(serving, STRANGER, OFFICE_B):
        for document in await documents(principal, walk):
            shown |= canaries((await ask(principal, document))[2])

    tables = {serving.population.marks[mark][0] for mark in shown}
    silent = sorted(name for name, ids in strange.items() if not ids)
    assert len(silent) < len(strange) / 3, f"types that nobody can open: {silent}"
    assert len(tables) > len(strange) / 2, sorted(tables)


async def test_no_question_shows_another_tenant(
    serving: Siege, strange: Pairs, beside: Pairs
) -> None:
    ids = {name: [*strange[name][:2], *beside[name][:1]] for name in strange}
    walk, asked, breaches = walker(serving, ids, STRANGER, VICTIM), 0, []

    compiled = walker(serving, ids, STRANGER, VICTIM, compiled=True)

    for principal in (*principals(serving, NEIGHBOUR, OFFICE_A), PUBLIC):
        secret = forbidden(serving, principal)
        fast = [d for depth in (0, 1) for name in ROOTS for d in compiled.documents(name, depth)]
        for document in [*await documents(principal, walk), *fast]:
            _, _, text = await ask(principal, document)
            asked += 1
            met = {m for m in canaries(text) if m in secret and m not in document}
            if met:
                shown = sorted({secret[m] for m in met})
                breaches.append(f"{principal.role.value}: {document[:200]} → {shown}")

    assert breaches == []
    assert asked > 100
    assert {Role.TENANT_ADMIN, Role.COMMITTEE, Role.DEPARTMENT, Role.ENTERPRISE} <= _compiled


async def opened_by_others(
    siege: Siege, strange: Pairs, *, alike: bool = True
) -> tuple[int, list[str]]:
    """Global ids of the other district tried by everybody here, and those that opened."""
    walk, asked, breaches = walker(siege, {}, STRANGER), 0, []
    for principal in (*principals(siege, NEIGHBOUR, OFFICE_A), PUBLIC):
        for type_name, ids in strange.items():
            if ids:
                data, _, text = await ask(principal, walk.nodes(type_name, ids, 0), alike=alike)
                asked += len(ids)
                if any((data or {}).values()) or canaries(text):
                    breaches.append(f"{principal.role.value}: {type_name} {text[:200]}")
    return asked, breaches


async def test_no_global_id_opens_another_tenants_object(serving: Siege, strange: Pairs) -> None:
    asked, breaches = await opened_by_others(serving, strange)

    assert breaches == []
    assert asked > 50


async def test_an_open_wall_shows_through_the_schema(serving: Siege, strange: Pairs) -> None:
    """The walk is worth something: it finds the rows when policies let everything through."""
    owned = [relation for relation in serving.relations.values() if relation.tenant_owned]
    for relation in owned:
        await serving.owner.execute(f'create policy breach on "{relation.name}" using (true)')
    try:
        _, breaches = await opened_by_others(serving, strange, alike=False)
    finally:
        for relation in owned:
            await serving.owner.execute(f'drop policy breach on "{relation.name}"')

    types = {breach.split(" ")[1] for breach in breaches}
    assert len(types) > len([ids for ids in strange.values() if ids]) / 2, types
