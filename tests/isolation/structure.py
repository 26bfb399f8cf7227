"""What the catalogue alone must say: security on, policies of known form, keys led by tenant."""

import asyncpg

from tests.isolation.catalogue import Kind, Policy, Relation, read

TENANT = (
    "tenant_id = any ((select app.{0}())::uuid[])"
    " and district_id = any ((select app.claimed_districts())::uuid[])"
)
READ, WRITE = TENANT.format("tenants"), TENANT.format("writable")
PLATFORM = "(select app.platform())"
FORMS: dict[str, tuple[str, str, str | None, str | None]] = {
    "tenant_read": ("r", "public", READ, None),
    "tenant_insert": ("a", "public", None, WRITE),
    "reader_insert": ("a", "public", None, READ),  # readers leave receipts with the town
    "tenant_update": ("w", "public", WRITE, WRITE),
    "tenant_delete": ("d", "public", WRITE, None),
    "platform_all": ("*", "public", PLATFORM, PLATFORM),
    "district_directory": (
        "r",
        "public",
        "district_id = any ((select app.districts())::uuid[])",
        None,
    ),
    "relay": ("*", "anshang_relay", "true", "true"),
    "anyone_reads": ("r", "public", "cardinality((select app.districts())) > 0", None),
    "own_district": ("r", "public", "id = any ((select app.districts())::uuid[])", None),
    "own_tenant": ("r", "public", "{key} = any ((select app.tenants())::uuid[])", None),
}
"""Command, role and expressions of every policy that may exist, by name."""

OWNED = {"tenant_read", "tenant_insert", "tenant_update", "tenant_delete"}
ADMITTED: dict[Kind, tuple[set[str], set[str]]] = {
    Kind.OWNED: (OWNED, {"relay", "reader_insert"}),
    Kind.SHARED: (OWNED | {"platform_all"}, set()),
    Kind.DIRECTORY: (OWNED | {"platform_all", "district_directory"}, set()),
    Kind.PLATFORM: ({"platform_all"}, {"own_district", "own_tenant", "anyone_reads"}),
    Kind.OWNER_ONLY: (set(), set()),
}
"""Policies that a kind must have, and those it may have besides."""

APP_RIGHTS = {"SELECT", "INSERT", "UPDATE", "DELETE"}
RELAY_RIGHTS = {"SELECT", "INSERT", "UPDATE"}


async def reference_policies(owner: asyncpg.Connection) -> dict[str, Policy]:
    """Every admitted form as this server prints it, so that no spelling depends on its version."""
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute(
            "create table isolation_reference"
            " (id uuid primary key, tenant_id uuid, district_id uuid)"
        )
        commands = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
        for name, (command, role, using, check) in FORMS.items():
            for key in ("id", "tenant_id") if using and "{key}" in using else ("",):
                await owner.execute(
                    f'create policy "{name}{key and "."}{key}" on isolation_reference'
                    f" for {commands[command]} to {role}"
                    + (f" using ({using.format(key=key)})" if using else "")
                    + (f" with check ({check})" if check else "")
                )
        return (await read(owner, "isolation_reference"))["isolation_reference"].policies
    finally:
        await transaction.rollback()


def findings(relation: Relation, reference: dict[str, Policy]) -> list[str]:
    """Everything wrong with one table."""
    found = []
    if not relation.enabled:
        found.append("row security is not enabled")
    if not relation.forced:
        found.append("row security does not bind the owner")
    found += _policies(relation, reference)
    found += _grants(relation)
    if relation.tenant_owned:
        found += _keys(relation)
    elif relation.kind is Kind.PLATFORM and not relation.policies:
        found.append("no policy")
    return [f"{relation.name}: {one}" for one in found]


def _policies(relation: Relation, reference: dict[str, Policy]) -> list[str]:
    needed, admitted = ADMITTED[relation.kind]
    names = set(relation.policies)
    found = [f"policy {name} is missing" for name in sorted(needed - names)]
    found += [f"policy {name} is not of a known form" for name in sorted(names - needed - admitted)]
    for name in sorted(names & (needed | admitted)):
        key = "tenant_id" if "tenant_id" in relation.columns else "id"
        form = reference.get(name) or reference[f"{name}.{key}"]
        policy = relation.policies[name]
        said = (policy.command, policy.roles, policy.using, policy.check)
        if said != (form.command, form.roles, form.using, form.check):
            found.append(f"policy {name} says something else: {said}")
    return found


def _grants(relation: Relation) -> list[str]:
    relay = "relay" in relation.policies
    admitted = {"anshang_app": set() if relation.kind is Kind.OWNER_ONLY else APP_RIGHTS}
    admitted["anshang_relay"] = RELAY_RIGHTS if relay else set()
    return [
        f"{role} holds {right}"
        for role, right in sorted(relation.grants | relation.column_grants)
        if role != "anshang_owner" and right not in admitted.get(role, set())
    ]


def _keys(relation: Relation) -> list[str]:
    found = []
    for unique in relation.uniques:
        leads = unique.columns[:1] == ("tenant_id",)
        confined = unique.kind == "x" and "tenant_id WITH =" in unique.definition
        if not leads and not confined:
            found.append(f"{unique.name} does not lead with tenant_id: {unique.definition}")
    for reference in relation.references:
        led = reference.columns[0] == "tenant_id"
        if not led or reference.parent_columns[0] not in {"tenant_id", "id"}:
            found.append(f"{reference.name} does not lead with tenant_id")
    homes = [r for r in relation.references if r.columns == ("tenant_id", "district_id")]
    if not any(home.parent == "tenant_districts" for home in homes):
        found.append("no reference to the tenant's stay in its district")
    if any(not relation.columns[c].required for c in ("tenant_id", "district_id")):
        found.append("the owner may be null")
    return found


CLUSTER = {
    "no role that serves is a superuser, bypasses row security or makes roles or databases": """
        select rolname from pg_roles where rolname in ('anshang_app', 'anshang_relay')
            and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)""",
    "the owner does not bypass row security": """
        select rolname from pg_roles where rolname = 'anshang_owner'
            and (rolsuper or rolbypassrls)""",
    "no role that serves is a member of another": """
        select roleid::regrole::text from pg_auth_members
            where member in ('anshang_app'::regrole, 'anshang_relay'::regrole)""",
    "no role that serves owns anything": """
        select relname from pg_class
            where relowner in ('anshang_app'::regrole, 'anshang_relay'::regrole)
                and relpersistence <> 't'""",
    "no materialized view, foreign table or rule": """
        select relname from pg_class where relnamespace not in
            ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and relkind in ('m', 'f')
        union all select tablename from pg_rules where schemaname = 'public'""",
    "app.scope is the only function that runs as its owner": """
        select p.oid::regprocedure::text from pg_proc p where prosecdef
            and pronamespace not in ('pg_catalog'::regnamespace)
            and p.oid <> 'app.scope()'::regprocedure""",
    "app.scope pins its search path": """
        select proname from pg_proc where oid = 'app.scope()'::regprocedure
            and not coalesce('search_path=pg_catalog' = any (proconfig), false)""",
    "views look with the eyes of whoever asks": """
        select relname from pg_class where relkind = 'v' and relnamespace not in
            ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and not coalesce(reloptions::text[] && array['security_invoker=true',
                'security_invoker=on', 'security_invoker=1'], false)""",
    "nobody who serves enters app_private": """
        select r from unnest(array['anshang_app', 'anshang_relay']) r
            where has_schema_privilege(r, 'app_private', 'usage')
        union all select relname || ' ' || r
            from pg_class, unnest(array['anshang_app', 'anshang_relay']) r
            where relnamespace = 'app_private'::regnamespace and relkind = 'r'
                and has_table_privilege(r, oid, 'select, insert, update, delete, truncate')""",
    "nobody who serves makes objects": """
        select nspname || ' ' || r
            from pg_namespace, unnest(array['anshang_app', 'anshang_relay']) r
            where nspname !~ '^pg_(toast|temp)' and has_schema_privilege(r, oid, 'create')""",
    "nobody who serves installs keys or protects tables": """
        select p.oid::regprocedure || ' ' || r
            from pg_proc p, unnest(array['anshang_app', 'anshang_relay']) r
            where pronamespace = 'app'::regnamespace and proname ~ '^(install|protect)'
                and has_function_privilege(r, p.oid, 'execute')""",
    "no function of ours claims to be leakproof": """
        select oid::regprocedure::text from pg_proc where proleakproof
            and pronamespace in ('app'::regnamespace, 'public'::regnamespace)
            and not exists (
                select from pg_depend d where d.objid = pg_proc.oid and deptype = 'e')""",
    "the scope's keys are secured as tables are": """
        select relname from pg_class where relnamespace = 'app_private'::regnamespace
            and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)""",
    "tables of ours live in public and app_private only": """
        select relnamespace::regnamespace::text || '.' || relname from pg_class
            where relkind in ('r', 'p') and relnamespace not in ('public'::regnamespace,
                'app_private'::regnamespace, 'pg_catalog'::regnamespace,
                'information_schema'::regnamespace, 'pg_toast'::regnamespace)
                and relpersistence <> 't'""",
    "the migration tool's table is nobody's": """
        select a.grantee::regrole::text from pg_class c, aclexplode(c.relacl) a
            where c.relname = 'tortoise_migrations' and a.grantee <> c.relowner""",
}
"""Questions whose answer must be empty."""


async def cluster_findings(owner: asyncpg.Connection) -> list[str]:
    """Everything wrong with roles, schemas and functions."""
    found = []
    for law, sql in CLUSTER.items():
        found += [f"{law}: {row[0]}" for row in await owner.fetch(sql)]
    return found
