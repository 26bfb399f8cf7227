"""A town with one shop, and risk points brought to a state."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.hazards.rules import Category
from service.register.records import Premises
from service.risks import commands
from service.risks.records import RiskControl, RiskPoint
from service.risks.rules import Control, Level, State
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.hazards.conftest import TODAY, member, open_shop

__all__ = ["TODAY", "Desk", "member", "open_shop"]

LEVELS = [Control(Level.L1, "带队", "负责人", 31), Control(Level.L2, "检查", "安全部", 7),
          Control(Level.L3, "巡查", "班组长", 1)]  # fmt: skip


@dataclass
class Desk:
    """One town's desk."""

    world: World
    shop: Premises

    async def do(self, act: Any, *args: Any, **named: Any) -> Any:
        """One command in a transaction of its own."""
        async with tenant_transaction(self.world.towns[0].scope("account:officer")):
            return await act(*args, **named)

    async def identify(self, name: str = "电动自行车充电", **more: Any) -> RiskPoint:
        """A risk point of the shop."""
        point: RiskPoint = await self.do(
            commands.identify, self.shop.id, name=name, category=Category.ELECTRICAL, **more
        )
        return point

    async def at(self, state: State, name: str = "电动自行车充电") -> RiskPoint:
        """A red risk point brought to a state."""
        point = await self.identify(name)
        inputs = {"L": Decimal(6), "E": Decimal(6), "C": Decimal(15)}
        if state is not State.IDENTIFIED:
            point = await self.do(commands.evaluate, point.id, "LEC", inputs)
        if state not in (State.IDENTIFIED, State.EVALUATED):
            point = await self.do(commands.grade, point.id)
        if state in (State.CONTROLLED, State.REVIEW_DUE):
            point = await self.do(commands.set_controls, point.id, LEVELS)
        if state is State.REVIEW_DUE:
            late = TODAY + timedelta(366)
            assert point.id in await commands.mark_review_due(self.world.district_id, late)
            point = await self.reload(point)
        assert point.state == state.value
        return point

    async def control(self, point: RiskPoint) -> RiskControl:
        """The measure of its lowest level."""
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return await RiskControl.get(risk_point_id=point.id, level="L3", replaced_at=None)

    async def reload(self, point: RiskPoint) -> RiskPoint:
        """The risk point as it stands now."""
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return await RiskPoint.get(id=point.id)


@pytest.fixture
async def desk(world: World) -> Desk:
    """The first town's desk."""
    return Desk(world, await open_shop(world))
