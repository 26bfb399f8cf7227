"""A case brought to a state, the way officers bring it there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from stdnum.cn import uscc

from service import clock
from service.blacklist import commands
from service.blacklist.records import BlacklistCase
from service.blacklist.rules import BodyId, Delivery, PublicationClass
from service.ids import new_id
from service.register.records import Enterprise
from tenants.records import owned
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import World

NAME = "示例烟火商贸有限公司"
PERSON = "钱示例"
DAY = date(2026, 3, 2)


def at(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Let it be noon in China of `day`."""
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)


@dataclass
class Desk:
    """The towns and the deciding department of one district."""

    world: World
    numbers: list[int] = field(default_factory=lambda: [0])

    @property
    def body(self) -> BodyId:
        """The body that decided the penalty."""
        return BodyId(self.world.departments["emergency"])

    @property
    def scope(self) -> Scope:
        """The scope of its officers."""
        return self.world.department_scope()

    async def enterprise(self, town: int = 0, name: str = NAME) -> UUID:
        """A new enterprise of a town."""
        self.numbers[0] += 1
        owner = self.world.towns[town].owner
        async with tenant_transaction(self.world.towns[town].scope()):
            stem = f"91990112MA{self.numbers[0]:07d}"
            row = await Enterprise.create(
                id=new_id(),
                **owned(owner),
                credit_code=stem + uscc.calc_check_digit(stem),
                name=name,
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        return row.id

    def proposal(self, enterprise_id: UUID, **changes: Any) -> commands.Proposal:
        """What a town proposes."""
        self.numbers[0] += 1
        values: dict[str, Any] = {
            "enterprise_id": enterprise_id,
            "penalty_body_id": self.body,
            "publication": PublicationClass.SERIOUS_DISHONESTY,
            "cause": f"{PERSON}拒不整改重大事故隐患，电话13800138000",
            "basis": "安全生产法第一百零二条",
            "penalty_number": f"示应急罚〔2026〕{self.numbers[0]}号",
            "penalty_decided_on": date(2026, 2, 27),
            "party": {"representative": PERSON, "phone": "13800138000"},
        }
        return commands.Proposal(**{**values, **changes})

    async def propose(self, town: int = 0, name: str = NAME, **changes: Any) -> BlacklistCase:
        """A town proposes."""
        proposal = self.proposal(await self.enterprise(town, name), **changes)
        async with tenant_transaction(self.world.towns[town].scope()):
            return await commands.propose(self.world.towns[town].owner, proposal)

    async def do(
        self, act: Callable[..., Any], case: BlacklistCase, *args: Any, **named: Any
    ) -> Any:
        """The deciding body acts."""
        async with tenant_transaction(self.scope):
            return await act(case.id, self.body, *args, **named)

    async def decided(self, **options: Any) -> BlacklistCase:
        """Proposed, classified, noticed, waived and decided."""
        case = await self.propose(**options)
        await self.do(commands.classify, case, PublicationClass(case.publication))
        if PublicationClass(case.publication) is not PublicationClass.PENALTY_PUBLICITY:
            await self.do(commands.serve_notice, case, Delivery.IN_PERSON, DAY)
            await self.do(
                commands.record_defence, case, summary="", hearing_asked=False, waived=True
            )
        decided: BlacklistCase = await self.do(
            commands.decide,
            case,
            decision_number="示应急失信〔2026〕1号",
            measures=[("提高检查频次", self.body)],
        )
        return decided

    async def served(self, **options: Any) -> BlacklistCase:
        """Decided and served: publication follows."""
        case = await self.decided(**options)
        served: BlacklistCase = await self.do(
            commands.serve_decision, case, Delivery.IN_PERSON, DAY
        )
        return served

    async def reload(self, case: BlacklistCase) -> BlacklistCase:
        """The case as it stands now."""
        async with tenant_transaction(self.scope, read_only=True):
            return await BlacklistCase.get(id=case.id)
