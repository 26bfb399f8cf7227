"""What can be asked: draws in scope, and the public document of one."""

from uuid import UUID

from tortoise.queryset import QuerySet

from service.draws.records import RandomDraw
from service.joint.drawn_teams import TeamOfDraw, teams_of_draws
from tenants.directory import committee_scope
from tenants.scope import Scope
from tenants.wall import tenant_transaction


def draws() -> QuerySet[RandomDraw]:
    """Draws in scope."""
    return RandomDraw.all()


async def public_draw(draw_id: UUID) -> RandomDraw | None:
    """One draw for anybody; opens a transaction of its own.  Its lists are shown once drawn."""
    async with tenant_transaction(Scope.of_platform("public:draw"), read_only=True):
        return await RandomDraw.get_or_none(id=draw_id)


async def public_teams(draw_id: UUID) -> list[TeamOfDraw] | None:
    """Who was drawn and who comes or came, for anybody; None where there is no such draw.

    Opens transactions of its own: the visits of a draw lie in many towns of its district.
    """
    row = await public_draw(draw_id)
    if row is None:
        return None
    scope = await committee_scope(row.district_id, "public:draw")
    async with tenant_transaction(scope, read_only=True):
        return (await teams_of_draws([draw_id]))[draw_id]


def shown_document(row: RandomDraw) -> str | None:
    """The committed document, None before it is drawn: until then the commitment stands for it.

    One that was given up after it was drawn hides nothing.
    """
    return row.document if row.drawn_at is not None else None
