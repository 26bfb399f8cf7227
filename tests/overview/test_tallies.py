"""The tallies of a town are what a count of its rows gives, whatever was done, and repairable."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.hazards import commands as hazards
from service.hazards import sorting
from service.hazards.records import Hazard
from service.hazards.rules import Category, Grade, Plan, Source
from service.overview import commands, queries
from service.overview.records import TownTally
from service.register.records import Enterprise
from service.risks import commands as risks
from tasks.hazards import repair_tallies
from tenants.principal import PUBLIC
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute, World
from tests.hazards.conftest import TODAY, Desk, member, open_shop

ASKED = """{ townSummaries { town { name } enterprises openHazards { ungraded general major }
  overdue supervised risks { red orange yellow blue } } }"""


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world, await open_shop(world))


async def equal(desk: Desk) -> bool:
    """Whether tallies and rows say the same, in one snapshot."""
    ids = [town.owner.tenant_id for town in desk.world.towns]
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        return await queries.kept(ids) == await queries.live(ids)


async def _report(desk: Desk, n: int) -> None:
    await desk.do(
        hazards.report,
        desk.shop.id,
        category=list(Category)[n % 4],
        description="堵塞",
        source=Source.INSPECTION,
    )


async def _on_some(desk: Desk, n: int, act: Any, *args: Any, **named: Any) -> None:
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        rows = await Hazard.all().order_by("id")
    if rows:
        try:
            await desk.do(act, rows[n % len(rows)].id, *args, **named)
        except Exception as refusal:
            assert hasattr(refusal, "code")  # noqa: PT017  a refusal must change no tally either


async def _risk(desk: Desk, n: int) -> None:
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        known = await risks.RiskPoint.all().count()
    point = await desk.do(risks.identify, desk.shop.id, name=f"风险{known}", category=Category.GAS)
    inputs = {"L": Decimal(n % 5 + 1), "S": Decimal(5)}
    await desk.do(risks.evaluate, point.id, "LS", inputs)
    await desk.do(risks.grade, point.id)


async def _close_shop(desk: Desk, n: int) -> None:
    status = ("OPERATING", "CLOSED")[n % 2]
    async with tenant_transaction(desk.world.towns[0].scope()):
        await Enterprise.filter(id=desk.shop.enterprise_id).update(status=status)


ACTS: dict[str, Any] = {
    "report": _report,
    "grade": lambda d, n: _on_some(
        d, n, hazards.grade, Grade.GENERAL if n % 2 else Grade.MAJOR,
        criterion=None if n % 2 else "FIRE",
    ),
    "assign": lambda d, n: _on_some(
        d, n, hazards.assign, responsible="周示例", due_on=TODAY
    ),
    "plan": lambda d, n: _on_some(
        d, n, hazards.plan, Plan("周示例", "更换", 1, TODAY, "停业"), actor="account:p"
    ),
    "supervise": lambda d, n: _on_some(d, n, hazards.supervise, "1号"),
    "submit": lambda d, n: _on_some(d, n, hazards.submit, "已改", actor="account:p"),
    "verify": lambda d, n: _on_some(d, n, hazards.verify, "合格"),
    "close": lambda d, n: _on_some(d, n, hazards.close),
    "transfer": lambda d, n: _on_some(d, n, sorting.transfer, "market", "移送"),
    "doubt": lambda d, n: _on_some(d, n, sorting.ask_dismissal, "误报"),
    "dismiss": lambda d, n: _on_some(
        d, n, sorting.decide_dismissal, dismissed=True, actor="account:second"
    ),
    "risk": _risk,
    "shop": _close_shop,
}  # fmt: skip


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 9)), max_size=10))
async def test_tallies_equal_the_rows_after_any_acts(
    desk: Desk, acts: list[tuple[str, int]]
) -> None:
    for name, n in [("report", 0), *acts]:
        await ACTS[name](desk, n)

    assert await equal(desk)


async def test_many_at_once_lose_no_count_and_do_not_lock_up(desk: Desk) -> None:
    await asyncio.gather(*(_report(desk, n) for n in range(12)))
    await asyncio.gather(*(_risk_at_once(desk, n) for n in range(6)))

    assert await equal(desk)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        rows = await TownTally.all()
    assert sum(row.ungraded for row in rows) == 12


async def _risk_at_once(desk: Desk, n: int) -> None:
    await desk.do(risks.identify, desk.shop.id, name=f"点{n}", category=Category.GAS)


async def test_a_refused_act_leaves_the_tallies(desk: Desk) -> None:
    await _report(desk, 0)
    with pytest.raises(RuntimeError):
        async with tenant_transaction(desk.world.towns[0].scope()):
            await Hazard.all().update(state="OVERDUE")
            raise RuntimeError("the act fails after the change")

    assert await equal(desk)


async def test_tallies_that_differ_are_repaired(desk: Desk) -> None:
    await _report(desk, 0)
    async with tenant_transaction(desk.world.towns[0].scope()):
        await TownTally.all().update(overdue=7)
    assert not await equal(desk)

    assert await commands.repair(desk.world.district_id) == 2
    assert await commands.repair(desk.world.district_id) == 0
    assert await equal(desk)
    await repair_tallies()
    assert await equal(desk)


async def test_the_committee_sees_its_towns_at_a_glance(desk: Desk, execute: Execute) -> None:
    world = desk.world
    late = await desk.at(hazards.State.ASSIGNED)
    async with tenant_transaction(world.towns[0].scope()):
        await Hazard.filter(id=late.id).update(state="OVERDUE")
    await desk.at(hazards.State.GRADED, Grade.MAJOR)
    await desk.at(hazards.State.CLOSED)
    await _report(desk, 3)
    await _risk(desk, 4)

    answers = [
        await execute(who, ASKED)
        for who in (world.committee(), world.department("gas"), world.towns[0].principal())
    ]

    whole = {
        "town": {"name": "测试镇0"},
        "enterprises": 1,
        "openHazards": {"ungraded": 1, "general": 1, "major": 1},
        "overdue": 1,
        "supervised": 0,
        "risks": {"red": 1, "orange": 0, "yellow": 0, "blue": 0},
    }
    assert answers[0]["data"]["townSummaries"][0] == whole
    assert answers[0]["data"]["townSummaries"][1]["enterprises"] == 0
    of_gas = answers[1]["data"]["townSummaries"][0]
    assert of_gas == {
        **whole,
        "openHazards": {"ungraded": 1, "general": 0, "major": 0},
        "overdue": 0,
    }
    assert answers[2]["data"]["townSummaries"] == [whole]
    party = member(world, Role.ENTERPRISE, "p", enterprise_id=desk.shop.enterprise_id)
    for who in (PUBLIC, party):
        assert len((await execute(who, ASKED))["errors"]) == 1
