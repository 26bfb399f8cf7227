"""Every verb on every table by every hostile session: nothing seen, nothing changed."""

from collections.abc import Callable

from tests.isolation import model
from tests.isolation.conftest import Answers, Siege, members
from tests.isolation.population import VICTIM, canaries, enter, signed, town
from tests.isolation.sessions import APP, hostile, rightful


async def test_every_place_has_its_rows(siege: Siege) -> None:
    for relation in siege.relations.values():
        found = siege.population.rows[relation.name]
        if relation.tenant_owned:
            assert VICTIM.name in found, relation.name
            assert {"neighbour", "office A", "stranger", "office B"} <= found.keys()
    textual = [
        relation.name
        for relation in siege.relations.values()
        if not any(
            canaries(v)
            for row in siege.population.rows[relation.name].values()
            for v in row.values()
        )
    ]
    assert len(textual) < len(siege.relations) / 4, f"tables without a canary: {textual}"


async def test_hostile_sessions_learn_and_change_nothing(
    siege: Siege, record_property: Callable[[str, object], None]
) -> None:
    before = await _everything(siege)
    siege.tried = 0

    wrong = [
        one
        for relation in siege.relations.values()
        for session in hostile()
        for one in await siege.assault(relation, session)
    ]

    assert not wrong, report(wrong)
    assert siege.tried > 100 * len(siege.relations)
    record_property("attempts", siege.tried)
    record_property("tables", len(siege.relations))
    assert await _everything(siege) == before


async def test_rightful_sessions_see_and_write_exactly_their_part(siege: Siege) -> None:
    wrong = [
        one
        for relation in siege.relations.values()
        for session in rightful()
        for one in await siege.assault(relation, session)
    ]

    assert not wrong, report(wrong)


async def test_answers_do_not_depend_on_the_victims_rows(siege: Siege) -> None:
    answers: Answers = {}
    compared = 0

    for relation in siege.relations.values():
        for session in members():
            await siege.assault(relation, session, answers)
            if VICTIM.name not in model.visible(relation, siege.population, session.scope):
                for key, answer in answers.items():
                    if key[:2] == (relation.name, session.name):
                        assert answer == siege.answers_without[key], key
                        compared += 1

    assert compared > 50 * len(siege.relations)


async def test_a_prepared_plan_forgets_the_scope_it_was_made_under(siege: Siege) -> None:
    connection = siege.connections[APP]
    for relation in siege.relations.values():
        statement = await connection.prepare(f'select t::text from "{relation.name}" t')
        for session in (rightful()[0], *hostile()):
            if session.role != APP:
                continue
            seen = model.visible(relation, siege.population, session.scope)
            for mode in ("force_generic_plan", "auto"):
                async with connection.transaction():
                    await connection.execute(f"set local plan_cache_mode = {mode}")
                    await session.arm(connection)
                    rows = await statement.fetch()
                assert len(rows) == len(seen), (relation.name, session.name)


async def test_statistics_show_no_values(siege: Siege) -> None:
    for relation in siege.relations:
        await siege.owner.execute(f'analyze "{relation}"')

    for role, connection in siege.connections.items():
        async with connection.transaction():
            rows = await connection.fetch(
                "select s::text from pg_stats s where schemaname = 'public'"
            )
            extended = await connection.fetch("select s::text from pg_stats_ext_exprs s")
        shown = canaries([row[0] for row in (*rows, *extended)])
        assert shown == set(), role


async def _everything(siege: Siege) -> list[str]:
    """All rows of the victim, as it reads them."""
    connection = siege.connections[APP]
    found = []
    for relation in siege.relations.values():
        async with connection.transaction():
            found.append(await siege.digest(relation, connection))
    async with connection.transaction():
        await enter(connection, signed(town(VICTIM)))
        found.append(str(await connection.fetch("select count(*) from tenants")))
    return found


def report(wrong: list[str]) -> str:
    """The first of many."""
    return "\n".join([f"{len(wrong)} breaches", *wrong[:30]])
