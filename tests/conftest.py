"""Real engines for every test: one stack for all workers, one database for each.

The first process starts PostgreSQL, Valkey and the object store, and migrates a template.
Every worker clones the template, so tests never meet rows of another worker.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from tenants.ids import new_id
from tenants.principal import Principal
from tenants.records import Body, District, Tenant, TenantDistrict, owned
from tenants.rights import Role
from tenants.scope import Owner, Scope
from tenants.wall import tenant_transaction

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "anshang_template"
_stack = None


def pytest_configure(config: pytest.Config) -> None:
    """Start the engines once, in the process that the workers inherit their environment from."""
    global _stack
    if hasattr(config, "workerinput") or "ANSHANG_TEST_STACK" in os.environ:
        return
    from infra.embedded.errors import AlreadyRunning
    from infra.embedded.stack import Stack

    _stack = Stack(ROOT / ".anshang" / "test", durable=False)
    try:
        environment = _stack.start()
    except AlreadyRunning:  # another run of the tests on this checkout has them
        _stack = Stack(Path(tempfile.mkdtemp(prefix="anshang-test-")), durable=False)
        environment = _stack.start()
    os.environ.update(environment)
    os.environ["ANSHANG_TEST_STACK"] = "1"
    asyncio.run(_make_template())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here."""
    if _stack is not None and not hasattr(config, "workerinput"):
        _stack.stop()
        shutil.rmtree(_stack.data_dir / "store", ignore_errors=True)
        if _stack.data_dir.name.startswith("anshang-test-"):
            shutil.rmtree(_stack.data_dir, ignore_errors=True)


async def _make_template() -> None:
    from service import database
    from service.settings import settings

    settings.cache_clear()
    await _recreate(TEMPLATE, "template1")
    os.environ["ANSHANG_OWNER_DATABASE_URL"] = _url("OWNER_DATABASE_URL", TEMPLATE)
    settings.cache_clear()
    await database.migrate()


def _url(name: str, database: str) -> str:
    return os.environ[f"ANSHANG_{name}"].rsplit("/", 1)[0] + "/" + database


async def _recreate(name: str, template: str) -> None:
    from service.database import credentials

    arguments = credentials(os.environ["ANSHANG_OWNER_DATABASE_URL"])
    connection = await asyncpg.connect(**{**arguments, "database": "anshang"})
    try:
        await drop_database(connection, name)
        await connection.execute(f'create database "{name}" template "{template}"')
    finally:
        await connection.close()


async def drop_database(connection: asyncpg.Connection, name: str) -> None:
    """Drop a database with its sessions; only the server's own cleaner must be waited for."""
    for patience in (0.2, 0.5, 1, 2, 4, 0):
        try:
            await connection.execute(f'drop database if exists "{name}" with (force)')
        except asyncpg.InsufficientPrivilegeError:
            if not patience:
                raise
            await asyncio.sleep(patience)
        else:
            return


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """Name of this worker: `gw0` …, or `solo`."""
    return getattr(request.config, "workerinput", {}).get("workerid", "solo")


@pytest.fixture(scope="session", autouse=True)
def environment(worker: str) -> None:
    """This worker's own database, queue and buckets."""
    from infra.embedded import buckets
    from service.settings import settings

    name = f"anshang_{worker}"
    asyncio.run(_recreate(name, TEMPLATE))
    for url in ("DATABASE_URL", "OWNER_DATABASE_URL", "RELAY_DATABASE_URL"):
        os.environ[f"ANSHANG_{url}"] = _url(url, name)
    os.environ["ANSHANG_QUEUE_NAMESPACE"] = f"test-{worker}-{os.getpid()}"
    os.environ["ANSHANG_S3_BUCKET_PREFIX"] = f"test-{worker}-{os.getpid()}"
    settings.cache_clear()
    buckets.configure(
        settings().s3_endpoint,
        settings().s3_secret_key.get_secret_value(),
        settings().s3_bucket_prefix,
    )


@pytest.fixture(autouse=True)
def same_engines_after_each_test(environment: None) -> Iterator[None]:
    """A test that points this process at other engines leaves no trace of them."""
    from service.settings import settings

    chosen = settings()
    before = {name: value for name, value in os.environ.items() if name.startswith("ANSHANG_")}
    yield
    for name in [name for name in os.environ if name.startswith("ANSHANG_")]:
        if name not in before:
            del os.environ[name]
    os.environ.update(before)
    if settings() != chosen:
        settings.cache_clear()


@pytest.fixture(scope="session")
async def database(environment: None) -> AsyncIterator[None]:
    """The worker's database, open as the role that serves."""
    from service.database import close_database, open_database

    await open_database()
    yield
    await close_database()


@dataclass(slots=True)
class Town:
    """One town of a test's district, with its own enforcement body."""

    owner: Owner
    code: str
    name: str
    body_id: UUID

    def scope(self, actor: str = "account:test") -> Scope:
        """The town's scope."""
        return Scope.of_tenant(self.owner, actor)

    def principal(self, role: Role = Role.TENANT_ADMIN) -> Principal:
        """A member of the town."""
        return Principal(
            f"account:{self.owner.tenant_id}", role, self.scope(), "测试员", body_id=self.body_id
        )


@dataclass(slots=True)
class World:
    """A district with its office, departments and towns, never seen by another test."""

    district_id: UUID
    code: str
    office: Owner
    departments: dict[str, UUID]
    towns: list[Town]

    def committee(self) -> Principal:
        """A member of the district committee: reads all, writes the office only."""
        tenants = frozenset({self.office.tenant_id, *(t.owner.tenant_id for t in self.towns)})
        scope = Scope(
            "account:committee",
            self.office,
            frozenset({self.district_id}),
            tenants,
            frozenset({self.office.tenant_id}),
        )
        return Principal("account:committee", Role.COMMITTEE, scope, "专委")

    def department_scope(self, actor: str = "account:department") -> Scope:
        """The scope of the district's departments."""
        tenants = frozenset({self.office.tenant_id, *(t.owner.tenant_id for t in self.towns)})
        return Scope(actor, self.office, frozenset({self.district_id}), tenants, tenants)

    def department(self, line: str = "emergency") -> Principal:
        """An officer of one department."""
        actor = f"account:{line}"
        return Principal(
            actor,
            Role.DEPARTMENT,
            self.department_scope(actor),
            line,
            body_id=self.departments[line],
        )


LINES = ("commerce", "fire", "market", "emergency", "urban", "gas")
_numbers = itertools.count(1)
MakeWorld = Callable[..., Awaitable[World]]


@pytest.fixture
async def outbox_of_this_test(database: None) -> None:
    """What earlier tests left in the outbox is taken as settled, before this one begins."""
    from service.database import credentials
    from service.settings import settings

    connection = await asyncpg.connect(**credentials(settings().relay_database_url))
    await connection.execute("update outbox_events set routed_at = now() where routed_at is null")
    await connection.execute(
        "update outbox_deliveries set state = 'DONE' where state in ('PENDING', 'SENT')"
    )
    await connection.close()


@pytest.fixture
def make_world(database: None, outbox_of_this_test: None) -> MakeWorld:
    """Make a fresh district with so many towns."""

    async def make(towns: int = 2) -> World:
        number = next(_numbers)
        code = f"D{os.getpid()}{number}"[-12:]
        district_id = new_id()
        async with tenant_transaction(Scope.of_platform("test")):
            await District.create(id=district_id, code=code, name=f"测试区{number}")
            office = await _tenant(district_id, f"{code}O"[-12:], "区专委办", "DISTRICT")
            await District.filter(id=district_id).update(office_id=office.tenant_id)
            made = []
            for index in range(towns):
                owner = await _tenant(
                    district_id, f"{code}T{index}"[-12:], f"测试镇{index}", "TOWN"
                )
                made.append((owner, f"{code}T{index}"[-12:], f"测试镇{index}"))
            departments = {line: await _body(office, line, "DEPARTMENT", line) for line in LINES}
            return World(
                district_id,
                code,
                office,
                departments,
                [Town(o, c, n, await _body(o, "town", "TOWN", "general")) for o, c, n in made],
            )

    return make


async def _tenant(district_id: UUID, code: str, name: str, kind: str) -> Owner:
    tenant = await Tenant.create(
        id=new_id(), district_id=district_id, division_code=code, name=name, kind=kind
    )
    await TenantDistrict.create(
        id=new_id(), tenant_id=tenant.id, district_id=district_id, valid_from=date(2020, 1, 1)
    )
    return tenant.owner


async def _body(owner: Owner, code: str, kind: str, line: str) -> UUID:
    body = await Body.create(
        id=new_id(),
        **owned(owner),
        code=code,
        name=f"{line}执法机构",
        kind=kind,
        line=line,
        can_penalise=True,
    )
    return body.id


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """A fresh district with two towns."""
    return await make_world()


Execute = Callable[..., Awaitable[dict[str, Any]]]
Work = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def execute(database: None) -> Execute:
    """Run one operation through the schema as a principal; returns `data` and `errors`."""
    from api.context import Context
    from api.schema import schema

    async def run(
        principal: Principal, document: str, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context = Context(principal)  # one for both, so that an application pays once
        result = await schema.execute(document, variables, context)
        errors = [error.formatted for error in result.errors or []]
        compiled = await schema.answer(document, variables, context)
        if compiled is not None:  # whatever any test asks, both tiers must say the same
            plain = {"data": result.data, "extensions": result.extensions}
            assert not errors
            assert compiled == orjson.dumps(plain)
        return {"data": result.data, "errors": errors}

    return run


@pytest.fixture
def work(database: None) -> Work:
    """Carry the outbox and perform its deliveries here until nothing is left.

    Returns the tasks performed, in order; a handler's exception reaches the test.
    """
    from service import outbox
    from service.database import credentials
    from service.settings import settings
    from tasks import registry, relay
    from tasks.actors import HANDLERS

    registry.load()

    async def run() -> list[str]:
        performed: list[str] = []
        connection = await asyncpg.connect(**credentials(settings().relay_database_url))
        try:
            while True:
                routed = await relay.route(connection)
                outgoing = await relay.claim(connection, 3600)
                if not routed and not outgoing:
                    return performed
                for delivery in outgoing:
                    performed.append(delivery.task)
                    await outbox.perform(delivery.owner, delivery.id, HANDLERS[delivery.task])
        finally:
            await connection.close()

    return run
