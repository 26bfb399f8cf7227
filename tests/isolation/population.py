"""Synthetic rows for every table, made from column types, each with a canary of its own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from time import time
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from service.settings import settings
from tenants.scope import Owner, Scope, scope_body, sign
from tests.isolation.catalogue import Column, Kind, Relation, in_reference_order

CANARY = re.compile("[\U000f0000-\U000ffffd]")
"""One private-use character per row, so that it fits the shortest column."""
_SPACE = UUID("5f7b1a52-8c1e-4a3e-9d57-1e2f3a4b5c6d")

Row = dict[str, str | None]


def invented(name: str) -> UUID:
    """An id that is the same in every run."""
    return uuid5(_SPACE, name)


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant while it stands in one district."""

    name: str
    tenant: str
    district: str
    kind: str

    @property
    def owner(self) -> Owner:
        """Tenant and district."""
        return Owner(invented(f"tenant {self.tenant}"), invented(f"district {self.district}"))


VICTIM = Place("victim", "victim", "A", "TOWN")
NEIGHBOUR = Place("neighbour", "neighbour", "A", "TOWN")
OFFICE_A = Place("office A", "office A", "A", "DISTRICT")
STRANGER = Place("stranger", "stranger", "B", "TOWN")
OFFICE_B = Place("office B", "office B", "B", "DISTRICT")
MOVED_FROM = Place("moved, in A", "moved", "A", "STREET")
MOVED_TO = Place("moved, in B", "moved", "B", "STREET")
OTHERS = (NEIGHBOUR, OFFICE_A, STRANGER, OFFICE_B, MOVED_FROM, MOVED_TO)
PLACES = (VICTIM, *OTHERS)
"""Two towns and the office of district A, the same of B, and a town that moved from A to B."""


def town(place: Place, actor: str = "probe") -> Scope:
    """Scope of one tenant, with every district it ever stood in."""
    history = [p.owner.district_id for p in PLACES if p.tenant == place.tenant]
    return Scope.of_tenant(place.owner, actor, history=history)


def department(office: Place) -> Scope:
    """Scope of a department: writes all tenants that stand in the district today."""
    stand = {p.tenant: p for p in PLACES if p is not MOVED_FROM}
    tenants = frozenset(p.owner.tenant_id for p in stand.values() if p.district == office.district)
    districts = frozenset({office.owner.district_id})
    return Scope("probe", office.owner, districts, tenants, tenants)


def committee(office: Place) -> Scope:
    """Scope of a committee: reads all that ever stood in the district, writes its office."""
    tenants = frozenset(p.owner.tenant_id for p in PLACES if p.district == office.district)
    districts = frozenset({office.owner.district_id})
    return Scope("probe", office.owner, districts, tenants, frozenset({office.owner.tenant_id}))


PLATFORM = Scope.of_platform("probe")


def signed(scope: Scope, *, now: float | None = None) -> str:
    """The scope as the product signs it."""
    key = bytes.fromhex(settings().scope_key.get_secret_value())
    return sign(scope_body(scope, int(time() if now is None else now)), key)


async def enter(connection: asyncpg.Connection, value: str) -> None:
    """Set the scope of the open transaction."""
    await connection.execute("select set_config('app.scope', $1, true)", value)


@dataclass(slots=True)
class Population:
    """All synthetic rows, by table and place."""

    relations: dict[str, Relation]
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    marks: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Table and place that each canary belongs to."""
    refused: list[str] = field(default_factory=list)
    """Second rows that a table admits only one of per tenant."""
    absent: set[str] = field(default_factory=set)
    """Places whose rows are made up but not inserted."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def row(self, relation: Relation, place: Place) -> Row | None:
        """The row of a place; that of its tenant elsewhere where there is only one."""
        rows = self.rows.get(relation.name, {})
        if place.name in rows:
            return rows[place.name]
        return next(
            (rows[p.name] for p in PLACES if p.tenant == place.tenant and p.name in rows), None
        )

    def present(self, relation: Relation) -> dict[str, Row]:
        """The rows that are in the database, by place."""
        rows = self.rows.get(relation.name, {})
        return {place: row for place, row in rows.items() if place not in self.absent}

    def plan(self) -> None:
        """Make up every row, parents first, before any is inserted."""
        for relation in in_reference_order(self.relations):
            for place in PLACES:
                fixed = _root(relation.name, place)
                if fixed is not None:
                    self.rows.setdefault(relation.name, {})[place.name] = self._make(
                        relation, place, fixed
                    )

    def _make(self, relation: Relation, place: Place, fixed: Row) -> Row:
        number = next(self._numbers)
        mark = chr(0xF0000 + number)
        self.marks[mark] = (relation.name, place.name)
        row: Row = {
            column.name: relation.choices.get(column.name) or value(column, number, mark)
            for column in relation.columns.values()
            if not column.computed
        }
        row |= {"tenant_id": str(place.owner.tenant_id)} if "tenant_id" in row else {}
        row |= {"district_id": str(place.owner.district_id)} if "district_id" in row else {}
        for reference in relation.references:
            row |= self._referring(
                relation, place, reference.parent, reference.columns, reference.parent_columns, row
            )
        return row | fixed

    def _referring(
        self,
        relation: Relation,
        place: Place,
        parent: str,
        columns: Iterable[str],
        parent_columns: Iterable[str],
        row: Row,
    ) -> Row:
        """Columns of one foreign key: the parent's, the row's own, or null."""
        pairs = [
            (c, p)
            for c, p in zip(columns, parent_columns, strict=True)
            if c not in {"tenant_id", "district_id"}
        ]
        if parent == relation.name:
            return {c: None if not relation.columns[c].required else row[p] for c, p in pairs}
        found = self.row(self.relations[parent], place)
        if found is None:
            return {c: None for c, _ in pairs}
        return {c: found[p] for c, p in pairs}

    async def insert(self, owner: asyncpg.Connection, places: Iterable[Place]) -> None:
        """Insert the rows of some places, each under the scope that may write them.

        Triggers that keep tallies are held still, since they would add rows nobody made up.
        """
        tallied = await owner.fetch(
            "select distinct tgrelid::regclass::text as name from pg_trigger"
            " where tgname like 'tally%'"
        )
        for row in tallied:
            await owner.execute(f"alter table {row['name']} disable trigger user")
        await self._insert_all(owner, places)
        for row in tallied:
            await owner.execute(f"alter table {row['name']} enable trigger user")

    async def _insert_all(self, owner: asyncpg.Connection, places: Iterable[Place]) -> None:
        for relation in in_reference_order(self.relations):
            for place in places:
                row = self.rows[relation.name].get(place.name)
                if row is not None:
                    await self._insert_one(owner, relation, place, row)

    async def _insert_one(
        self, owner: asyncpg.Connection, relation: Relation, place: Place, row: Row
    ) -> None:
        scope = town(place) if relation.tenant_owned else PLATFORM
        try:
            async with owner.transaction():
                await enter(owner, signed(scope))
                await owner.execute(insertion(relation, row))
        except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError):
            siblings = [p for p in PLACES if p.tenant == place.tenant and p is not place]
            if relation.kind is not Kind.PLATFORM and not siblings:
                raise
            del self.rows[relation.name][place.name]
            self.refused.append(f"{relation.name}: {place.name}")


def _root(table: str, place: Place) -> Row | None:
    """Columns that the tables of districts and tenants need; None where a place has no row."""
    if table == "districts":
        if place.kind != "DISTRICT":
            return None
        return {"id": str(place.owner.district_id), "office_id": str(place.owner.tenant_id)}
    if table == "tenants":
        return (
            None if place is MOVED_FROM else {"id": str(place.owner.tenant_id), "kind": place.kind}
        )
    if table == "frequency_budgets":
        return {"reserved": "0", "used": "0"}
    if table == "tenant_districts":
        return {"valid_to": "2025-11-01" if place is MOVED_FROM else None}
    return {}


def value(column: Column, number: int, mark: str) -> str:
    """A value of the column's type, in its text form; text and JSON carry the canary."""
    kind = column.type
    if kind.endswith("[]"):
        element = Column(column.name, kind[:-2], True, None, False)
        return "{" + value(element, number, mark) + "}"
    if kind in {"text", "character varying", "character", "citext"}:
        return mark
    day = f"{1000 + number // 300}-{number // 25 % 12 + 1:02}-{number % 25 + 1:02}"
    made = {
        "uuid": str(invented(f"{column.name} {number}")),
        "jsonb": f'{{"canary": "{mark}"}}',
        "json": f'{{"canary": "{mark}"}}',
        "boolean": "false",
        "bytea": "\\x" + mark.encode().hex(),
        "date": day,
        "daterange": f"[{day},{day}]",
        "timestamp with time zone": f"{day} 00:00:00+00",
        "timestamp without time zone": f"{day} 00:00:00",
        "tstzrange": f'["{day} 00:00:00+00","{day} 01:00:00+00")',
        "time without time zone": "08:00",
        "interval": "1 hour",
        "inet": f"192.0.2.{number % 250 + 1}",
        "int4range": f"[{number},{number + 1})",
        "int8range": f"[{number},{number + 1})",
        "tsvector": "''",
        "point": "(0,0)",
    }
    return made.get(kind, str(number))


def literal(text: str | None, kind: str) -> str:
    """The value as an SQL literal of its type."""
    return "null" if text is None else "'" + text.replace("'", "''") + f"'::{kind}"


def insertion(relation: Relation, row: Row, tail: str = "") -> str:
    """An INSERT of the row."""
    names = ", ".join(f'"{name}"' for name in row)
    return f'insert into "{relation.name}" ({names}) values ({values(relation, row)}) {tail}'


def values(relation: Relation, row: Row) -> str:
    """The row's literals, separated by commas."""
    return ", ".join(literal(text, relation.columns[name].type) for name, text in row.items())


def canaries(text: Any) -> set[str]:
    """Every canary in some output."""
    return set(CANARY.findall(str(text)))
