"""A database of its own, filled with one canary row per table and tenant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import pytest

from tests.conftest import TEMPLATE, _recreate, _url
from tests.isolation import attacks, catalogue, statements, structure
from tests.isolation.catalogue import Policy, Relation
from tests.isolation.population import OTHERS, VICTIM, Population, enter, signed, town
from tests.isolation.sessions import APP, OWNER, RELAY, Session, hostile, opened

VARIABLES = {APP: "DATABASE_URL", OWNER: "OWNER_DATABASE_URL", RELAY: "RELAY_DATABASE_URL"}
Answers = dict[tuple[str, str, str], str]


@dataclass(slots=True)
class Siege:
    """The database under siege, its rows, and what every session heard."""

    name: str
    population: Population
    reference: dict[str, Policy]
    connections: dict[str, asyncpg.Connection]
    answers_without: Answers = field(default_factory=dict)
    """What hostile members heard before the victim existed."""
    tried: int = 0

    @property
    def owner(self) -> asyncpg.Connection:
        """Connection of the role that owns the schema."""
        return self.connections[OWNER]

    @property
    def relations(self) -> dict[str, Relation]:
        """All tables as they are meant to be."""
        return self.population.relations

    async def digest(self, relation: Relation, connection: asyncpg.Connection) -> str:
        """The victim's rows of one table as the victim reads them, byte for byte."""
        await enter(connection, signed(town(VICTIM)))
        whose = f"where t.tenant_id = '{VICTIM.owner.tenant_id}'"
        if "tenant_id" not in relation.columns:
            whose = f"where t.id = '{VICTIM.owner.tenant_id}'"
        rows = await connection.fetch(f'select t::text from "{relation.name}" t {whose} order by 1')
        return "\n".join(row[0] for row in rows)

    async def assault(
        self,
        relation: Relation,
        session: Session,
        answers: Answers | None = None,
        *,
        first: bool = False,
        verbs: str = "",
    ) -> list[str]:
        """Try every verb of one session on one table; what went wrong.

        `first` stops at the first fault; `verbs` keeps the attacks whose name begins so.
        """
        connection = self.connections[session.role]
        assault = attacks.Assault(relation, self.population, session)
        foreign, wrong = assault.foreign(), []
        before = ""
        async with opened(session, connection):
            if session.role == APP and not first:
                await connection.execute("savepoint reading")
                before = await self.digest(relation, connection)
                await connection.execute("rollback to savepoint reading")
            await connection.execute("savepoint probe")
            for attack in assault.attacks():
                if not attack.verb.startswith(verbs):
                    continue
                outcome = await statements.perform(connection, attack, relation)
                self.tried += 1
                name = f"{relation.name}: {attack.verb} by {session.name}"
                if answers is not None:
                    answers[relation.name, session.name, attack.verb] = outcome.answer
                if not attack.verdict(outcome):
                    wrong.append(f"{name} answered {outcome.answer[:300]!r}")
                if leaks := statements.leaked(outcome, foreign):
                    wrong.append(f"{name} showed {[self.population.marks[m] for m in leaks]}")
                if first and wrong:
                    return wrong
            judged = session.role == APP and not first and not assault.may_insert_victim
            if judged and await self.digest(relation, connection) != before:
                wrong.append(f"{relation.name}: {session.name} changed the victim's rows")
        return wrong


def members() -> list[Session]:
    """Sessions with a valid scope that must not notice whether the victim exists."""
    return [session for session in hostile() if session.home is not None]


@pytest.fixture(scope="session")
async def siege(environment: None, worker: str) -> AsyncIterator[Siege]:
    """A clone of the template, without CHECK constraints, with its rows."""
    name = f"anshang_isolation_{worker}"
    await _recreate(name, TEMPLATE)
    connections = {
        role: await asyncpg.connect(_url(variable, name), statement_cache_size=0)
        for role, variable in VARIABLES.items()
    }
    owner = connections[OWNER]
    relations = await catalogue.read(owner)
    await _drop_checks(owner)
    await owner.execute(f"truncate {', '.join(relations)}")  # migrations bring national data
    population = Population(relations)
    population.plan()
    made = Siege(name, population, await structure.reference_policies(owner), connections)
    await population.insert(owner, OTHERS)
    population.absent = {VICTIM.name}
    for relation in relations.values():
        for session in members():
            await made.assault(relation, session, made.answers_without)
    population.absent = set()
    await population.insert(owner, [VICTIM])
    made.tried = 0
    yield made
    for connection in connections.values():
        await connection.close()


async def _drop_checks(owner: asyncpg.Connection) -> None:
    """Invented rows need not make sense; who may see them does not depend on it."""
    for row in await owner.fetch(
        "select conrelid::regclass::text as t, conname from pg_constraint"
        " where contype = 'c' and connamespace = 'public'::regnamespace"
    ):
        await owner.execute(f'alter table {row["t"]} drop constraint "{row["conname"]}"')
