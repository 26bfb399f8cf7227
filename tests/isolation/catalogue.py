"""What the PostgreSQL catalogue says about every relation: columns, keys, policies, grants."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import asyncpg

BOOKKEEPING = "tortoise_migrations"
"""The migration tool's own table: nobody who serves has any right to it."""

Key = tuple[str, ...]


class Kind(Enum):
    """How a table is protected, recognised from the names of its policies."""

    OWNED = "OWNED"
    SHARED = "SHARED"  # the same, and the platform scope sees and writes it
    DIRECTORY = "DIRECTORY"  # as SHARED, and the whole district reads it
    PLATFORM = "PLATFORM"  # the platform scope only, besides a tenant's own entry
    OWNER_ONLY = "OWNER_ONLY"


@dataclass(frozen=True, slots=True)
class Policy:
    """One row of `pg_policies`."""

    name: str
    command: str
    roles: Key
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the generator of rows needs it."""

    name: str
    type: str
    required: bool
    length: int | None
    computed: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key."""

    name: str
    columns: Key
    parent: str
    parent_columns: Key


@dataclass(frozen=True, slots=True)
class Unique:
    """A primary key, unique constraint, unique index or exclusion constraint."""

    name: str
    kind: str  # p, u, x, or i for an index without a constraint
    columns: Key
    definition: str


@dataclass(slots=True)
class Relation:
    """A table of schema `public`."""

    name: str
    enabled: bool
    forced: bool
    columns: dict[str, Column]
    policies: dict[str, Policy]
    references: list[Reference]
    uniques: list[Unique]
    grants: frozenset[tuple[str, str]]
    column_grants: frozenset[tuple[str, str]]
    choices: dict[str, str] = field(default_factory=dict)
    """A permitted value of each column whose CHECK lists the permitted ones."""

    @property
    def kind(self) -> Kind:
        """The protection that its policies spell."""
        names = self.policies.keys()
        if "district_directory" in names:
            return Kind.DIRECTORY
        if "tenant_read" in names:
            return Kind.SHARED if "platform_all" in names else Kind.OWNED
        return Kind.PLATFORM if "platform_all" in names else Kind.OWNER_ONLY

    @property
    def tenant_owned(self) -> bool:
        """Whether each row belongs to one tenant."""
        return self.kind in {Kind.OWNED, Kind.SHARED, Kind.DIRECTORY}

    @property
    def key(self) -> Key:
        """Columns of the primary key."""
        return next(unique.columns for unique in self.uniques if unique.kind == "p")

    def granted(self, role: str, right: str) -> bool:
        """Whether a role holds a right to the whole table."""
        return (role, right) in self.grants

    def granted_somewhere(self, role: str, right: str) -> bool:
        """Whether a role holds a right to the table or to any of its columns."""
        return (role, right) in self.grants | self.column_grants


RELATIONS = """
select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity,
    coalesce((select array_agg(a.grantee::regrole::text || ' ' || a.privilege_type)
        from aclexplode(c.relacl) a where a.grantee <> 0), '{}') as grants,
    coalesce((select array_agg('public ' || a.privilege_type)
        from aclexplode(c.relacl) a where a.grantee = 0), '{}') as open,
    coalesce((select array_agg(a.grantee::regrole::text || ' ' || a.privilege_type)
        from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid), '{}') as columns
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and c.relname <> $1 and ($2::text is null or c.relname = $2) order by c.relname"""

COLUMNS = """
select attrelid as oid, attname, format_type(atttypid, null) as type, attnotnull,
    case when atttypmod > 4 and atttypid in ('varchar'::regtype, 'bpchar'::regtype)
        then atttypmod - 4 end as length,
    attgenerated <> '' or attidentity <> '' as computed
from pg_attribute where attrelid = any($1::oid[]) and attnum > 0 and not attisdropped
order by attrelid, attnum"""

POLICIES = """
select c.oid, p.polname, p.polcmd::text, p.polpermissive,
    array(select case r when 0 then 'public' else r::regrole::text end
        from unnest(p.polroles) r) as roles,
    pg_get_expr(p.polqual, c.oid) as using, pg_get_expr(p.polwithcheck, c.oid) as check
from pg_policy p join pg_class c on c.oid = p.polrelid
where c.oid = any($1::oid[]) order by polname"""

CONSTRAINTS = """
select conrelid as oid, conname, contype::text, confrelid::regclass::text as parent,
    array(select attname::text from unnest(conkey) with ordinality k(n, o)
        join pg_attribute on attrelid = conrelid and attnum = n order by o) as columns,
    array(select attname::text from unnest(confkey) with ordinality k(n, o)
        join pg_attribute on attrelid = confrelid and attnum = n order by o) as parent_columns,
    pg_get_constraintdef(oid) as definition
from pg_constraint where conrelid = any($1::oid[]) and contype in ('p', 'u', 'x', 'f', 'c')
order by conname"""

INDEXES = """
select indrelid as oid, i.relname as name, pg_get_indexdef(i.oid) as definition,
    array(select pg_get_indexdef(i.oid, k, true) from generate_series(1, indnkeyatts) k) as columns
from pg_index x join pg_class i on i.oid = x.indexrelid
where indrelid = any($1::oid[]) and indisunique
    and not exists (select from pg_constraint where conindid = i.oid)
order by i.relname"""


async def read(owner: asyncpg.Connection, only: str | None = None) -> dict[str, Relation]:
    """Every table of schema `public` by name, or one of them."""
    found: dict[int, Relation] = {}
    for row in await owner.fetch(RELATIONS, BOOKKEEPING, only):
        grants = frozenset(tuple(one.split(" ", 1)) for one in (*row["grants"], *row["open"]))
        found[row["oid"]] = Relation(
            row["relname"],
            row["relrowsecurity"],
            row["relforcerowsecurity"],
            {},
            {},
            [],
            [],
            grants,
            frozenset(tuple(one.split(" ", 1)) for one in row["columns"]),
        )
    oids = list(found)
    for row in await owner.fetch(COLUMNS, oids):
        found[row["oid"]].columns[row["attname"]] = Column(
            row["attname"], row["type"], row["attnotnull"], row["length"], row["computed"]
        )
    for row in await owner.fetch(POLICIES, oids):
        name = row["polname"] if row["polpermissive"] else f"{row['polname']} (restrictive)"
        found[row["oid"]].policies[name] = Policy(
            name, row["polcmd"], tuple(row["roles"]), row["using"], row["check"]
        )
    for row in await owner.fetch(CONSTRAINTS, oids):
        _add_constraint(found[row["oid"]], row)
    for row in await owner.fetch(INDEXES, oids):
        found[row["oid"]].uniques.append(
            Unique(row["name"], "i", tuple(row["columns"]), row["definition"])
        )
    return {relation.name: relation for relation in found.values()}


def _add_constraint(relation: Relation, row: Any) -> None:
    columns = tuple(row["columns"])
    if row["contype"] == "f":
        relation.references.append(
            Reference(row["conname"], columns, row["parent"], tuple(row["parent_columns"]))
        )
    elif row["contype"] == "c":
        if len(columns) == 1 and "ARRAY[" in row["definition"]:
            literal = row["definition"].split("ARRAY[", 1)[1].split("'", 2)
            if len(literal) == 3:
                relation.choices[columns[0]] = literal[1]
    else:
        relation.uniques.append(Unique(row["conname"], row["contype"], columns, row["definition"]))


def in_reference_order(relations: dict[str, Relation]) -> list[Relation]:
    """Parents before children; within a cycle of references, by name."""
    waiting = dict(relations)
    ordered: list[Relation] = []
    while waiting:
        ready = [
            relation
            for relation in waiting.values()
            if not any(
                reference.parent in waiting and reference.parent != relation.name
                for reference in relation.references
            )
        ]
        for relation in ready or [next(iter(waiting.values()))]:
            ordered.append(waiting.pop(relation.name))
    return ordered
