"""Sessions that try to get past the wall, and those that have a right to be inside."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import time

import asyncpg

from tenants.scope import LIFETIME_SECONDS, Scope, scope_body, sign
from tests.isolation.model import NOTHING
from tests.isolation.population import (
    NEIGHBOUR,
    OFFICE_A,
    OFFICE_B,
    PLATFORM,
    STRANGER,
    VICTIM,
    Place,
    committee,
    department,
    enter,
    signed,
    town,
)

APP, OWNER, RELAY = "anshang_app", "anshang_owner", "anshang_relay"
Arm = Callable[[asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Session:
    """How a connection presents itself, and what that must be worth."""

    name: str
    role: str
    arm: Arm
    scope: Scope = NOTHING
    """What the database must make of it."""
    home: Place | None = None
    """The place whose rows the session calls its own."""
    before: Arm | None = None
    """What happened on the connection in the transaction before."""


def _says(value: str) -> Arm:
    async def arm(connection: asyncpg.Connection) -> None:
        await enter(connection, value)

    return arm


def _holds(scope: Scope) -> Arm:
    async def arm(connection: asyncpg.Connection) -> None:
        await enter(connection, signed(scope))

    return arm


async def _nothing(connection: asyncpg.Connection) -> None:
    """Set no scope at all."""


async def _forged(connection: asyncpg.Connection) -> None:
    await enter(connection, sign(scope_body(town(VICTIM), int(time())), b"a key of our own" * 2))


async def _expired(connection: asyncpg.Connection) -> None:
    await enter(connection, signed(town(VICTIM), now=time() - LIFETIME_SECONDS - 2))


async def _altered(connection: asyncpg.Connection) -> None:
    """A signature made for the neighbour, in front of it the victim's ids."""
    mine, theirs = NEIGHBOUR.owner.tenant_id, VICTIM.owner.tenant_id
    await enter(connection, signed(town(NEIGHBOUR)).replace(str(mine), str(theirs)))


async def _promoted(connection: asyncpg.Connection) -> None:
    """The neighbour's own scope with the platform flag raised."""
    version, expiry, _, rest = signed(town(NEIGHBOUR)).split("|", 3)
    await enter(connection, "|".join((version, expiry, "1", rest)))


async def _victims_transaction(connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        await enter(connection, signed(town(VICTIM)))
        await connection.fetch("select * from tenants")


async def _savepoint(connection: asyncpg.Connection) -> None:
    await connection.execute("savepoint inner_work")
    await enter(connection, signed(town(VICTIM)))
    await connection.fetch("select * from tenants")
    await connection.execute("rollback to savepoint inner_work")


def hostile() -> list[Session]:
    """Sessions that must see nothing of the victim beyond what the model allows."""
    return [
        Session("no scope", APP, _nothing),
        Session("empty scope", APP, _says("")),
        Session("garbage", APP, _says("v1|" + "9" * 90 + "|" + "f" * 64)),
        Session("bars only", APP, _says("|" * 80)),
        Session("forged with another key", APP, _forged),
        Session("expired", APP, _expired),
        Session("altered body", APP, _altered),
        Session("platform flag raised", APP, _promoted),
        Session("after the victim's transaction", APP, _nothing, before=_victims_transaction),
        Session("after a rolled-back savepoint", APP, _savepoint),
        _member("other town of the district", town(NEIGHBOUR), NEIGHBOUR),
        _member("town of another district", town(STRANGER), STRANGER),
        _member("committee of another district", committee(OFFICE_B), OFFICE_B),
        _member("department of another district", department(OFFICE_B), OFFICE_B),
        _member("platform", PLATFORM),
        Session("owner without scope", OWNER, _nothing),
        Session("relay", RELAY, _nothing),
    ]


def rightful() -> list[Session]:
    """Sessions that must see exactly their part, so that a wall too tight shows as well."""
    return [
        _member("the victim itself", town(VICTIM), VICTIM),
        _member("committee of the district", committee(OFFICE_A), OFFICE_A),
        _member("department of the district", department(OFFICE_A), OFFICE_A),
    ]


def _member(name: str, scope: Scope, home: Place | None = None) -> Session:
    return Session(name, APP, _holds(scope), scope, home)


@asynccontextmanager
async def opened(session: Session, connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction of the session, rolled back at its end."""
    if session.before is not None:
        await session.before(connection)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await session.arm(connection)
        yield
    finally:
        await transaction.rollback()
