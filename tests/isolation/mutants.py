"""Breaches made on purpose, one at a time, each with the statement that mends it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.isolation.catalogue import Kind, Policy, Relation, Unique

VICTIM, NEIGHBOUR, NOBODY = "the victim itself", "other town of the district", "no scope"
COMMITTEE, PLATFORM = "committee of the district", "platform"
OWNER, RELAY = "owner without scope", "relay"
ALL = (VICTIM, NEIGHBOUR, NOBODY, PLATFORM, COMMITTEE, OWNER, RELAY)
VERBS = {"a": "INSERT", "w": "UPDATE", "d": "DELETE"}
COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One breach of one table."""

    name: str
    relation: Relation
    breach: str
    mend: str
    watched_by: tuple[str, ...] = ()
    """Names of the sessions whose probes are to notice; none: the catalogue alone shows it."""
    verbs: str = ""
    """How the verbs begin that touch what was breached; all when empty."""


def of_table(relation: Relation) -> Iterator[Mutant]:
    """Every policy dropped and loosened, security switched off, every key and right loosened."""
    t = f'"{relation.name}"'
    for policy in relation.policies.values():
        yield Mutant(
            f"without {policy.name}",
            relation,
            f'drop policy "{policy.name}" on {t}',
            creation(relation, policy),
            ALL if policy.command in "r*" else (NEIGHBOUR, COMMITTEE),
            VERBS.get(policy.command, ""),
        )
        if policy.name != "relay":
            yield _loosened(relation, policy)
    if relation.kind is not Kind.OWNER_ONLY:
        yield Mutant(
            "not forced",
            relation,
            f"alter table {t} no force row level security",
            f"alter table {t} force row level security",
            (OWNER,),
        )
    yield Mutant(
        "not enabled",
        relation,
        f"alter table {t} disable row level security",
        f"alter table {t} enable row level security",
        (NOBODY, NEIGHBOUR),
    )
    for right in ("truncate", "references", "trigger"):
        yield Mutant(
            f"{right} granted",
            relation,
            f"grant {right} on {t} to anshang_app",
            f"revoke {right} on {t} from anshang_app",
            (NEIGHBOUR,) if right == "truncate" else (),
            "TRUNCATE",
        )
    beyond = "delete" if "relay" in relation.policies else "select"
    yield Mutant(
        f"{beyond} granted to the relay",
        relation,
        f"grant {beyond} on {t} to anshang_relay",
        f"revoke {beyond} on {t} from anshang_relay",
        (RELAY,),
    )


def creation(relation: Relation, policy: Policy) -> str:
    """The statement that makes the policy again."""
    return (
        f'create policy "{policy.name}" on "{relation.name}" for {COMMANDS[policy.command]}'
        f" to {', '.join(policy.roles)}"
        + (f" using ({policy.using})" if policy.using else "")
        + (f" with check ({policy.check})" if policy.check else "")
    )


def _loosened(relation: Relation, policy: Policy) -> Mutant:
    head = f'alter policy "{policy.name}" on "{relation.name}"'
    open_using = " using (true)" if policy.using else ""
    open_check = " with check (true)" if policy.check else ""
    return Mutant(
        f"{policy.name} open",
        relation,
        head + open_using + open_check,
        head
        + (f" using ({policy.using})" if policy.using else "")
        + (f" with check ({policy.check})" if policy.check else ""),
        (NEIGHBOUR, NOBODY, VICTIM, PLATFORM),
        VERBS.get(policy.command, ""),
    )


def of_keys(relation: Relation, foreign_keys: dict[str, tuple[str, str]]) -> Iterator[Mutant]:
    """Every unique key and reference without its tenant, and every reference dropped.

    `foreign_keys` are all of the schema by name: their table and definition.  Those that lean
    on a key are mended with it.
    """
    t = f'"{relation.name}"'
    if not relation.tenant_owned:
        return
    for unique in relation.uniques:
        loose = loosened_key(unique)
        if loose is None:
            continue
        leaning = [
            f'alter table {table} add constraint "{name}" {definition}'
            for name, (table, definition) in foreign_keys.items()
            if f" REFERENCES {relation.name}({', '.join(unique.columns)})" in definition
        ]
        drop, again = f'alter table {t} drop constraint "{unique.name}" cascade', ""
        if unique.kind == "i":
            drop, again = f'drop index "{unique.name}"', unique.definition
            breach = f"{drop}; {loose}"
            mend = f'drop index "{unique.name}"; {again}'
        else:
            breach = f'{drop}; alter table {t} add constraint "{unique.name}" {loose}'
            again = f'alter table {t} add constraint "{unique.name}" {unique.definition}'
            mend = "; ".join((drop, again, *(leaning if unique.kind in "pu" else ())))
        yield Mutant(
            f"{unique.name} without its tenant", relation, breach, mend, (NEIGHBOUR,), "INSERT"
        )
    for reference in relation.references:
        definition = foreign_keys[reference.name][1]
        drop = f'alter table {t} drop constraint "{reference.name}"'
        again = f'alter table {t} add constraint "{reference.name}" {definition}'
        yield Mutant(f"without {reference.name}", relation, drop, again, (NEIGHBOUR,), "INSERT")
        pairs = zip(reference.columns, reference.parent_columns, strict=True)
        kept = [(c, p) for c, p in pairs if c not in {"tenant_id", "district_id"}]
        if kept:
            mine, theirs = (", ".join(f'"{pair[i]}"' for pair in kept) for i in (0, 1))
            loose_parent = f'alter table "{reference.parent}" '
            yield Mutant(
                f"{reference.name} without its tenant",
                relation,
                f"{loose_parent} add constraint isolation_loose unique ({theirs}); {drop};"
                f' alter table {t} add constraint "{reference.name}"'
                f' foreign key ({mine}) references "{reference.parent}" ({theirs})',
                f"{drop}; {loose_parent} drop constraint isolation_loose; {again}",
                (NEIGHBOUR,),
                "INSERT",
            )


def loosened_key(unique: Unique) -> str | None:
    """The key's definition without the tenant; None where the tenant is all there is."""
    if unique.columns == ("tenant_id",):
        return None
    before = unique.definition
    after = before.replace("(tenant_id, ", "(", 1).replace("(tenant_id WITH =, ", "(", 1)
    return after if after != before else None


CLUSTER: dict[str, tuple[str, str]] = {
    "a second function that runs as its owner": (
        "create function app.peek() returns bigint language sql security definer"
        " as 'select count(*) from public.tenants'",
        "drop function app.peek()",
    ),
    "a materialized view": (
        "create materialized view app.copied as select 1 as one",
        "drop materialized view app.copied",
    ),
    "a view with its owner's eyes": (
        "create view app.seen as select * from public.tenants",
        "drop view app.seen",
    ),
    "app_private entered": (
        "grant usage on schema app_private to anshang_app",
        "revoke usage on schema app_private from anshang_app",
    ),
    "keys read": (
        "grant select on app_private.scope_keys to anshang_app",
        "revoke select on app_private.scope_keys from anshang_app",
    ),
    "keys installed": (
        "grant execute on function app.install_scope_key(bytea, bytea) to anshang_app",
        "revoke execute on function app.install_scope_key(bytea, bytea) from anshang_app",
    ),
    "objects made": (
        "grant create on schema public to anshang_app",
        "revoke create on schema public from anshang_app",
    ),
    "search path of app.scope open": (
        "alter function app.scope() reset search_path",
        "alter function app.scope() set search_path = pg_catalog",
    ),
    "keys not forced": (
        "alter table app_private.scope_keys no force row level security",
        "alter table app_private.scope_keys force row level security",
    ),
    "a table outside": (
        "create table app.aside (tenant_id uuid, id uuid)",
        "drop table app.aside",
    ),
}
"""Breaches that are nobody's table, each with its mending."""

SCOPE = {
    "signature not looked at": ("if not found then return nothing; end if;", ""),
    "expiry not looked at": ("or field[2]::bigint < extract(epoch from clock_timestamp())", ""),
    "districts taken from the readable tenants": (
        "string_to_array(field[4], ',')::uuid[]",
        "string_to_array(field[4] || ',' || field[5], ',')::uuid[]",
    ),
    "writable as wide as readable": (
        "string_to_array(field[6], ',')::uuid[]",
        "string_to_array(field[5], ',')::uuid[]",
    ),
    "platform always": ("field[3] = '1'", "true"),
}
"""Text of `app.scope()` replaced by weaker text."""
