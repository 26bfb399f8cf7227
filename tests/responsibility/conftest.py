"""A town with shops, its officials and the shops' own people."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from service import clock
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Premises
from service.responsibility import commands
from service.responsibility.queries import Selection
from service.responsibility.records import ResponsibilityPlate, ResponsiblePerson
from service.responsibility.rules import Change, Heads
from tenants.wall import tenant_transaction
from tests.conftest import World

TODAY = clock.legal_day(clock.now())
LONG_AGO = date(2020, 1, 1)


_numbers = count(1)
"""Over all halls, since two of one town must not give an enterprise the same number."""


@dataclass
class Hall:
    """One town's hall: who is in office, and whose plates hang where."""

    world: World
    town: int = 0
    numbers: Any = field(default_factory=lambda: _numbers)

    @property
    def owner(self) -> Any:
        return self.world.towns[self.town].owner

    async def do(self, act: Any, *args: Any, actor: str = "account:clerk", **named: Any) -> Any:
        """One command in a transaction of its own."""
        async with tenant_transaction(self.world.towns[self.town].scope(actor)):
            return await act(*args, **named)

    async def official(
        self, name: str = "", since: date = LONG_AGO, office: str = "副镇长"
    ) -> ResponsiblePerson:
        """A person of the authorities."""
        person: ResponsiblePerson = await self.do(
            commands.enter_person,
            self.owner,
            name=name or f"官{next(self.numbers)}",
            office=office,
            organisation="测试镇人民政府",
            in_office_from=since,
        )
        return person

    async def trader(self, enterprise_id: UUID, since: date = LONG_AGO) -> ResponsiblePerson:
        """A person of an enterprise."""
        person: ResponsiblePerson = await self.do(
            commands.enter_person,
            self.owner,
            name=f"商{next(self.numbers)}",
            office="总经理",
            organisation="安商示例企业",
            in_office_from=since,
            enterprise_id=enterprise_id,
        )
        return person

    async def shop(self, *, head: bool = True, industry: str = "6210") -> Premises:
        """Premises of an enterprise of its own, with its head."""
        number = next(self.numbers)

        async def open_it() -> Premises:
            enterprise = await enrol_enterprise(
                self.owner,
                name=f"安商{number}店",
                alternate_id=f"旧照{number}",
                industry_code=industry,
            )
            return await add_premises(
                enterprise.id,
                name=f"安商{number}店",
                address=f"某路{number}号",
                latitude=29.6,
                longitude=106.5,
            )

        premises: Premises = await self.do(open_it)
        if head:
            await self.trader(premises.enterprise_id)
        return premises

    async def assign(self, *premises: Premises, **heads: Any) -> list[Change]:
        """Plates for some premises."""
        chosen = Selection(premises_ids=tuple(one.id for one in premises))
        changes: list[Change] = await self.do(
            commands.assign_plates, self.owner, chosen, Heads(**heads)
        )
        return changes

    async def plated(self, *, shops: int = 1) -> tuple[list[Premises], list[ResponsiblePerson]]:
        """Shops with plates, and the two officials on them."""
        made = [await self.shop() for _ in range(shops)]
        heads = [await self.official(), await self.official(office="商务办主任")]
        await self.assign(*made, admin=heads[0].id, industry=heads[1].id)
        return made, heads

    async def versions(self, premises: Premises) -> list[ResponsibilityPlate]:
        """Every version of a plate, oldest first."""
        async with tenant_transaction(self.world.towns[self.town].scope(), read_only=True):
            return await ResponsibilityPlate.filter(premises_id=premises.id).order_by("version")

    async def close(self, premises: Premises) -> None:
        """The premises close."""
        async with tenant_transaction(self.world.towns[self.town].scope()):
            await Premises.filter(id=premises.id).update(status="CLOSED")


def yesterday(days: int = 1) -> date:
    """So many days ago."""
    return TODAY - timedelta(days=days)


@pytest.fixture
async def hall(world: World) -> Hall:
    """The first town's hall."""
    return Hall(world)


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
