"""Where a formula takes its numbers from, as the database itself records it.

PostgreSQL keeps for each view which columns of which tables it depends on.  That record cannot
be out of date and sees through views, aliases and `*`.
"""

from dataclasses import dataclass
from hashlib import sha256

from service.indicators.rules import UnknownIndicator
from service.indicators.taint import Column
from tenants.wall import current

_TEXT = (
    "select c.relname as code, pg_get_viewdef(c.oid, true) as text from pg_class c"
    " where c.relnamespace = 'indicator'::regnamespace and c.relkind = 'v'"
)

_SOURCES = """
with recursive reach (root, oid) as (
    select c.oid, c.oid from pg_class c
        where c.relnamespace = 'indicator'::regnamespace and c.relkind = 'v'
    union
    select r.root, d.refobjid from reach r
        join pg_rewrite w on w.ev_class = r.oid
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
            and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.oid
        join pg_class c on c.oid = d.refobjid and c.relkind = 'v'
)
select distinct root::regclass::text as view, c.relname as source,
    coalesce(a.attname, '') as field
from reach r
    join pg_rewrite w on w.ev_class = r.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
        and d.refclassid = 'pg_class'::regclass
    join pg_class c on c.oid = d.refobjid and c.relkind in ('r', 'p')
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        and d.refobjsubid > 0
union all
select distinct root::regclass::text, 'function', d.refobjid::regprocedure::text
from reach r
    join pg_rewrite w on w.ev_class = r.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
        and d.refclassid = 'pg_proc'::regclass
where d.refobjid not in ('app.since()'::regprocedure, 'app.until()'::regprocedure)
order by 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The formula as the database keeps it, its hash, and every column that it reads.

    A function in a formula stands among the columns as ("function", signature), since its body
    could read anything.
    """

    query: str
    columns: frozenset[Column]

    @property
    def sha256(self) -> str:
        """Hash of the formula, 64 hex digits."""
        return sha256(self.query.encode()).hexdigest()


async def lineages() -> dict[str, Lineage]:
    """Lineage of every formula, by code, in two statements."""
    texts = {row["code"]: row["text"] for row in await current().fetch(_TEXT)}
    columns: dict[str, set[Column]] = {code: set() for code in texts}
    for row in await current().fetch(_SOURCES):
        code = row["view"].removeprefix("indicator.")
        columns[code].add((row["source"], row["field"]))
    return {code: Lineage(text, frozenset(columns[code])) for code, text in texts.items()}


def of(found: dict[str, Lineage], code: str) -> Lineage:
    """The lineage of one formula.

    Raises:
        UnknownIndicator: the database has no such formula.
    """
    if code not in found:
        raise UnknownIndicator(f"no formula {code}", path=("input", "code"))
    return found[code]
