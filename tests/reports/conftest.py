"""A town with one shop, somebody who reports, and those who handle what was reported."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from service.hazards.rules import Category
from service.register.records import Premises
from service.reports import commands
from service.reports.commands import Told
from service.reports.records import Report
from service.reports.rules import Channel, Finding
from tenants.directory import town_scope
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import open_shop
from tests.responsibility.conftest import statements as statements

BLOCKED = Told(Category.FIRE, "某路1号后门", "安全出口长期上锁")
NAMED = {"name": "王示例", "phone": "00000001234"}


@dataclass
class Desk:
    """The first town and the department of its district."""

    world: World
    shop: Premises

    async def do(self, act: Any, *args: Any, actor: str = "account:clerk", **named: Any) -> Any:
        """One act of the department in a transaction of its own."""
        async with tenant_transaction(self.world.department_scope(actor)):
            return await act(*args, **named)

    async def reported(self, told: Told = BLOCKED, **more: Any) -> tuple[Report, str]:
        """A report from the page for the public, with its tracking code."""
        town = self.world.towns[0]
        async with tenant_transaction(await town_scope(town.owner.tenant_id, "public:report")):
            nonce = more.get("nonce") or uuid4().hex
            return await commands.submit(town.owner, Channel.WEB, told, nonce=nonce)

    async def transferred(self, told: Told = BLOCKED) -> tuple[Report, str]:
        """One that was accepted and handed to its town, with the premises known."""
        row, code = await self.reported(told)
        await self.do(commands.accept, row.id)
        return await self.do(commands.transfer, row.id, self.shop.id), code

    async def answered(
        self, told: Told = BLOCKED, finding: Finding = Finding.TRUE
    ) -> tuple[Report, str]:
        """One whose truth was found and told to the reporter."""
        row, code = await self.transferred(told)
        await self.do(commands.verify, row.id, finding, "现场查看，出口上锁")
        return await self.do(commands.answer, row.id, "已责令立即打开"), code


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world, await open_shop(world))
