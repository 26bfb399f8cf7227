"""What a page costs in statements, and what two at once may do."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from service.errors import Conflict
from service.hazards import overdue
from service.hazards.records import Hazard, HazardEvent
from service.hazards.rules import Category, State
from service.risks import commands as risks
from service.risks.records import RiskControl
from service.risks.rules import Control, Level
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute
from tests.hazards.conftest import TODAY, Desk, member

PAGE = """{ hazards(first: 50) { totalCount edges { node {
  description premises { name } enterprise { name } history { step } evidence { purpose } } } }
  riskPoints(first: 50) { edges { node { premises { name } controls { level }
    evaluations { score } hazardIds } } }
  hazardCounts { found closure { value } } riskCoverage { coverage { value } } }"""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that models and queries run."""
    seen: list[str] = []
    for name in ("execute_query", "execute_query_dict"):
        original = getattr(TransactionWrapper, name)

        async def run(self: Any, query: str, *args: Any, _run: Any = original, **kw: Any) -> Any:
            seen.append(query)
            return await _run(self, query, *args, **kw)

        monkeypatch.setattr(TransactionWrapper, name, run)
    return seen


async def test_a_page_costs_the_same_for_one_and_for_many(
    desk: Desk, execute: Execute, statements: list[str]
) -> None:
    admin, costs = member(desk.world, Role.TENANT_ADMIN, "account:admin"), []
    for more in (1, 7):
        for number in range(more):
            await desk.at(State.ASSIGNED)
            await desk.do(
                risks.identify, desk.shop.id, name=f"{more}-{number}", category=Category.FIRE
            )
        statements.clear()
        answer = await execute(admin, PAGE)
        assert answer["errors"] == []
        costs.append(len(statements))

    assert costs[0] == costs[1] > 5


async def test_two_clerks_record_one_failure_once(desk: Desk) -> None:
    point = await desk.do(risks.identify, desk.shop.id, name="冷库", category=Category.AMMONIA)
    inputs = {"L": Decimal(1), "S": Decimal(1)}
    await desk.do(risks.evaluate, point.id, "LS", inputs)
    await desk.do(risks.grade, point.id)
    await desk.do(risks.set_controls, point.id, [Control(Level.L3, "巡查", "班组长", 31)])
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        control = await RiskControl.get(risk_point_id=point.id)

    outcomes = await asyncio.gather(
        *(desk.do(risks.record_failure, control.id, "未巡查") for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Hazard) for one in outcomes) == 1
    assert sum(isinstance(one, Conflict) for one in outcomes) == 3


async def test_two_clocks_mark_a_hazard_overdue_once(desk: Desk) -> None:
    hazard = await desk.at(State.ASSIGNED)
    await desk.backdate(hazard, due_on=2)

    district = desk.world.district_id
    marked = await asyncio.gather(*(overdue.mark_overdue(district, TODAY) for _ in range(3)))

    assert sorted(map(len, marked)) == [0, 0, 1]
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        steps = await HazardEvent.filter(hazard_id=hazard.id, step="FALL_OVERDUE").count()
    assert steps == 1
