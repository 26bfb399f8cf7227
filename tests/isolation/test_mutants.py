"""The suite is worth something: whatever is taken from the wall, some probe or check goes red."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.isolation import catalogue, model, mutants, structure
from tests.isolation.catalogue import Relation
from tests.isolation.conftest import Answers, Siege
from tests.isolation.mutants import Mutant
from tests.isolation.population import VICTIM
from tests.isolation.sessions import hostile, rightful

FOREIGN_KEYS = """
select conname, conrelid::regclass::text as t, pg_get_constraintdef(oid) as definition
from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace"""

FINGERPRINT = """
select string_agg(line, chr(10) order by line) from (
    select conrelid::regclass || conname || pg_get_constraintdef(oid) as line
        from pg_constraint where connamespace = 'public'::regnamespace
    union all select indexrelid::regclass || indrelid::regclass::text || indkey::text
            || indisunique || (indpred is not null)
        from pg_index join pg_class i on i.oid = indexrelid
        where relnamespace = 'public'::regnamespace
    union all select p::text from pg_policies p
    union all select relname || relrowsecurity || relforcerowsecurity || coalesce(relacl::text, '')
        from pg_class where relnamespace in ('public'::regnamespace, 'app_private'::regnamespace)
            and relkind = 'r'
    union all select proname || prosrc || prosecdef || coalesce(proacl::text, '')
        from pg_proc where pronamespace = 'app'::regnamespace) lines"""


async def noticed_by_probes(siege: Siege, mutant: Mutant) -> bool:
    """Whether a probe of the table goes red, or hears what it did not hear without the victim."""
    sessions = {session.name: session for session in (*rightful(), *hostile())}
    for name in mutant.watched_by:
        answers: Answers = {}
        session = sessions[name]
        if await siege.assault(mutant.relation, session, answers, first=True, verbs=mutant.verbs):
            return True
        if VICTIM.name in model.visible(mutant.relation, siege.population, session.scope):
            continue
        if any(siege.answers_without.get(k, answer) != answer for k, answer in answers.items()):
            return True
    return False


async def noticed_by_structure(siege: Siege, relation: Relation) -> bool:
    """Whether the catalogue of the table shows the breach."""
    now = (await catalogue.read(siege.owner, relation.name))[relation.name]
    return bool(structure.findings(now, siege.reference))


async def test_every_breach_of_a_table_is_noticed(
    siege: Siege, record_property: Callable[[str, object], None]
) -> None:
    owner, counts, missed = siege.owner, Counter[str](), []
    whole = await owner.fetchval(FINGERPRINT)
    foreign_keys = {
        row["conname"]: (row["t"], row["definition"]) for row in await owner.fetch(FOREIGN_KEYS)
    }

    for relation in siege.relations.values():
        for mutant in (*mutants.of_table(relation), *mutants.of_keys(relation, foreign_keys)):
            await owner.execute(mutant.breach)
            try:
                probes = await noticed_by_probes(siege, mutant)
                checks = await noticed_by_structure(siege, relation)
            finally:
                await owner.execute(mutant.mend)
            counts.update(made=1, probes=probes, checks=checks)
            if not (probes or checks):
                missed.append(f"{relation.name}: {mutant.name}")

    assert missed == []
    assert await owner.fetchval(FINGERPRINT) == whole
    assert counts["made"] > 12 * len(siege.relations)
    for name, count in counts.items():
        record_property(name, count)


@pytest.mark.parametrize("name", mutants.CLUSTER)
async def test_every_breach_of_the_schema_is_noticed(siege: Siege, name: str) -> None:
    breach, mend = mutants.CLUSTER[name]

    await siege.owner.execute(breach)
    try:
        found = await structure.cluster_findings(siege.owner)
    finally:
        await siege.owner.execute(mend)

    assert found
    assert await structure.cluster_findings(siege.owner) == []


@pytest.mark.parametrize("name", mutants.SCOPE)
async def test_a_scope_read_carelessly_is_noticed(siege: Siege, name: str) -> None:
    strong, weak = mutants.SCOPE[name]
    owner = siege.owner
    definition = await owner.fetchval("select pg_get_functiondef('app.scope()'::regprocedure)")
    assert strong in definition

    await owner.execute(definition.replace(strong, weak))
    try:
        noticed = await _anybody_notices(siege)
    finally:
        await owner.execute(definition)

    assert noticed


async def _anybody_notices(siege: Siege) -> bool:
    """Whether some session's probes of one table of each kind go red."""
    one_of_each = {relation.kind: relation for relation in siege.relations.values()}
    for session in (*rightful(), *hostile()):
        for relation in one_of_each.values():
            if await siege.assault(relation, session, first=True):
                return True
    return False
