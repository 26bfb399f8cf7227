"""A shop with a post, whose cards are written in a town whose calendar can be turned."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from service.duties import enterprise
from service.duties.records import StaffPost
from service.post_cards import commands
from service.post_cards.commands import Content
from service.post_cards.records import CardCheck, CardIssue, PostCard
from service.post_cards.rules import CardKind, Question
from service.register.records import Premises
from tenants.wall import tenant_transaction
from tests.conftest import World
from tests.guidance.conftest import turn as turn
from tests.hazards.conftest import open_shop

DAY = date(2026, 3, 2)
QUIZ = (
    Question("灭火先做什么", ("报警", "拍照"), 1),
    Question("油锅起火用什么", ("水", "锅盖", "沙发"), 2),
    Question("疏散走哪里", ("电梯", "安全出口"), 2),
)


@dataclass
class Shop:
    """One shop of one town."""

    world: World
    premises: Premises

    async def do(self, act: Any, *args: Any, **named: Any) -> Any:
        """One command in a transaction of its own."""
        async with tenant_transaction(self.world.towns[0].scope("account:party")):
            return await act(*args, **named)

    async def post(self, name: str = "后厨") -> StaffPost:
        """A post of the shop, opened on the first day."""
        made: StaffPost = await self.do(
            enterprise.open_post, self.premises.enterprise_id, name, DAY
        )
        return made

    async def card(self, post: StaffPost, kind: CardKind, **content: Any) -> PostCard:
        """The next version of a card."""
        given = {"lines": ("先关阀门",), **content}
        made: PostCard = await self.do(commands.write, post.id, kind, Content(**given))
        return made

    async def held(self, card: PostCard, holder: str = "周示例") -> CardIssue:
        """The card in somebody's hands."""
        await self.do(commands.issue, card.id, [holder])
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return await CardIssue.get(card_id=card.id, holder=holder)

    async def kept(self) -> tuple[list[PostCard], list[CardIssue], list[CardCheck]]:
        """Everything that is kept."""
        async with tenant_transaction(self.world.towns[0].scope(), read_only=True):
            return (
                await PostCard.all().order_by("number", "id"),
                await CardIssue.all().order_by("id"),
                await CardCheck.all().order_by("id"),
            )


@pytest.fixture
async def shop(world: World, turn: Any) -> Shop:
    """The first town's shop, on the first day."""
    turn(DAY)
    return Shop(world, await open_shop(world))
