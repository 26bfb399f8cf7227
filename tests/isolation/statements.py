"""One statement of an attack: how it is sent, what came back, what it had to be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

import asyncpg

from tests.isolation.catalogue import Relation
from tests.isolation.population import canaries


@dataclass(slots=True)
class Outcome:
    """What came back: rows or a command tag, or an error."""

    error: str = ""
    tag: str = ""
    rows: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def answer(self) -> str:
        """The bytes that the session learned."""
        return "\n".join((self.error, self.tag, *sorted(self.rows), self.text))


Verdict = Callable[[Outcome], bool]


@dataclass(frozen=True, slots=True)
class Attack:
    """One statement and what it must answer."""

    verb: str
    sql: str
    verdict: Verdict
    way: str = "fetch"  # fetch, execute, copy_to, copy_from

    @property
    def changes(self) -> bool:
        """Whether the statement would change something if it could."""
        return not self.sql.startswith(("select", "copy", "lock"))


def fails(*codes: str) -> Verdict:
    """Must be refused with one of these codes."""
    return lambda outcome: outcome.error in codes


def tagged(*tags: str) -> Verdict:
    """Must end with one of these command tags."""
    return lambda outcome: not outcome.error and outcome.tag in tags


def shows(count: int) -> Verdict:
    """Must answer so many rows."""
    return lambda outcome: not outcome.error and len(outcome.rows) == count


def says(text: str) -> Verdict:
    """Must answer this one value."""
    return lambda outcome: not outcome.error and outcome.rows == [text]


async def perform(connection: asyncpg.Connection, attack: Attack, relation: Relation) -> Outcome:
    """Try one statement inside the open transaction, which stays usable afterwards."""
    outcome = Outcome()
    try:
        if attack.way == "fetch":
            outcome.rows = [str(row[0]) for row in await connection.fetch(attack.sql)]
        elif attack.way == "execute":
            outcome.tag = await connection.execute(attack.sql)
        elif attack.way == "copy_to":
            outcome.tag, outcome.text = await _copy_to(connection, attack.sql)
        else:
            columns = [c.name for c in relation.columns.values() if not c.computed]
            outcome.tag = await connection.copy_to_table(
                relation.name, source=BytesIO(attack.sql.encode()), columns=columns
            )
    except asyncpg.PostgresError as error:
        outcome.error = error.sqlstate or "?"
        outcome.text = f"{error} {error.detail} {error.hint}"
        await connection.execute("rollback to savepoint probe")
    else:
        if attack.changes and not outcome.tag.endswith(" 0"):
            await connection.execute("release savepoint probe; savepoint probe")
    return outcome


async def _copy_to(connection: asyncpg.Connection, sql: str) -> tuple[str, str]:
    """Tag and text of a COPY … TO STDOUT."""
    target = BytesIO()
    query = sql.removeprefix("copy ").removesuffix(" to stdout")
    if query.startswith("("):
        tag = await connection.copy_from_query(query[1:-1], output=target)
    else:
        tag = await connection.copy_from_table(query.strip('"'), output=target)
    return tag, target.getvalue().decode()


def leaked(outcome: Outcome, foreign: set[str]) -> set[str]:
    """Canaries in the outcome that the session must not meet."""
    return canaries(outcome.answer) & foreign
