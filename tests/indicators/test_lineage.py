"""No fine and no count of inspections reaches a score (行政处罚法 art. 74)."""

import re
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from service.database import credentials
from service.indicators import commands, definitions, lineage, queries, taint
from service.indicators.records import IndicatorChoice, IndicatorSnapshot
from service.indicators.rules import Choice, Direction, Indicator, Kind, Purpose, Tainted
from service.settings import settings
from tenants.ids import new_id
from tenants.records import owned
from tenants.wall import tenant_transaction
from tests.conftest import World

PLANTED = Indicator(
    "planted", "暗设指标", "", Kind.COUNT, Direction.HIGHER, "x", "", "x", 1, scored=False
)
DISGUISES = {
    "plainly": "select tenant_id, count(*) as numerator, null::bigint as denominator"
    " from joint_visits group by tenant_id",
    "behind another view": "select * from indicator.joint_visits",
    "in a subquery": "select t.id as tenant_id, (select count(*) from joint_visits v"
    " where v.tenant_id = t.id) as numerator, 1::bigint as denominator from tenants t",
    "under other names": "with a as (select tenant_id as b, minutes as c from joint_visits)"
    " select b as tenant_id, sum(c) as numerator, null::bigint as denominator from a group by b",
    "as a condition only": "select h.tenant_id, count(*) as numerator, 1::bigint as denominator"
    " from hazards h where exists (select from joint_visits v where v.tenant_id = h.tenant_id)"
    " group by h.tenant_id",
}


@pytest.fixture
async def owner(database: None) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**credentials(settings().owner_database_url))
    yield connection
    await connection.close()


@pytest.fixture
async def planted(
    owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Indicator]:
    query = DISGUISES[request.param]
    await owner.execute(
        f"create view indicator.planted with (security_invoker = true) as {query};"
        "grant select on indicator.planted to anshang_app"
    )
    monkeypatch.setitem(definitions.BY_CODE, PLANTED.code, PLANTED)
    yield PLANTED
    await owner.execute("drop view indicator.planted")


@pytest.mark.parametrize("planted", DISGUISES, indirect=True)
async def test_a_planted_violation_is_refused_whatever_its_disguise(
    world: World, planted: Indicator
) -> None:
    with pytest.raises(Tainted, match="joint_visits"):
        async with tenant_transaction(world.committee().scope):
            await commands.choose(world.office, planted.code, 2026, Choice(True, 1, 1))
    async with tenant_transaction(world.committee().scope):
        assert await IndicatorChoice.all().count() == 0
        shown = await commands.choose(world.office, planted.code, 2026, Choice(False, 1, None))
        assert not shown.scored


async def test_a_choice_written_past_the_commands_is_caught_when_it_would_score(
    world: World,
) -> None:
    async with tenant_transaction(world.committee().scope):
        await IndicatorChoice.create(
            id=new_id(), **owned(world.office), code="joint_visits", year=2025, scored=True,
            weight=1, target=1, decided_by="x", decided_at="2025-01-01T00:00:00+00:00",
        )  # fmt: skip
    with pytest.raises(Tainted):
        async with tenant_transaction(world.committee().scope):
            await commands.ask_snapshot(
                world.office, date(2025, 1, 1), date(2025, 12, 31), Purpose.SCORE
            )
    async with tenant_transaction(world.committee().scope):
        assert await IndicatorSnapshot.all().count() == 0


async def test_a_formula_behind_a_function_cannot_be_scored(
    world: World, owner: asyncpg.Connection
) -> None:
    await owner.execute(
        "create function public.hidden() returns bigint language sql stable"
        " as 'select count(*) from joint_visits';"
        "create view indicator.planted with (security_invoker = true) as"
        " select id as tenant_id, public.hidden() as numerator, 1::bigint as denominator"
        " from tenants"
    )
    try:
        async with tenant_transaction(world.committee().scope):
            found = (await lineage.lineages())["planted"]
        assert ("function", "hidden()") in found.columns
        with pytest.raises(Tainted, match="hidden"):
            taint.check("planted", found.columns)
    finally:
        await owner.execute("drop view indicator.planted; drop function public.hidden()")


async def test_every_definition_has_a_formula_and_every_formula_a_definition(
    world: World,
) -> None:
    async with tenant_transaction(world.committee().scope):
        known = await lineage.lineages()

    assert set(known) == {one.code for one in definitions.INDICATORS}
    for one in definitions.INDICATORS:
        assert known[one.code].columns
        if one.scored:
            taint.check(one.code, known[one.code].columns)


MONEY = re.compile(r"fine|penalt|confiscat|surcharge", re.IGNORECASE)
VISITING = re.compile(r"visit|inspection|reservation|frequency", re.IGNORECASE)


async def test_every_table_and_column_that_smells_of_fines_or_inspections_is_judged(
    owner: asyncpg.Connection,
) -> None:
    """A new one must be put on the list, or among those that were looked at and are harmless."""
    rows = await owner.fetch(
        "select c.relname as t, a.attname as f from pg_class c join pg_attribute a"
        " on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
    )
    forgotten = {
        row["t"]
        for row in rows
        if VISITING.search(row["t"]) and row["t"] not in taint.TABLES | taint.HARMLESS
    } | {
        f"{row['t']}.{row['f']}"
        for row in rows
        if MONEY.search(f"{row['t']}.{row['f']}")
        and row["t"] not in taint.TABLES
        and (row["t"], row["f"]) not in taint.COLUMNS
        and f"{row['t']}.{row['f']}" not in taint.HARMLESS
    }

    assert forgotten == set()


async def test_measuring_costs_two_statements_however_many_indicators(world: World) -> None:
    async with tenant_transaction(world.committee().scope, read_only=True):
        values = await queries.measure(date(2025, 1, 1), date(2025, 12, 31))

    assert set(values) == set(definitions.BY_CODE)
