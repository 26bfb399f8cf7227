"""What can be asked about powers."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from tortoise.queryset import QuerySet

from service.powers.records import BodyPower
from service.powers.rules import ARTICLE, Grant, NoPower, Power, holds
from tenants.records import Body


def powers(body_id: UUID | None = None) -> QuerySet[BodyPower]:
    """Powers of the bodies of the district, of one body where it is given."""
    return BodyPower.filter(body_id=body_id) if body_id else BodyPower.all()


async def held(body: Body, power: Power, day: date) -> bool:
    """Whether the body held the power for anything on a day; without entries see `check`."""
    grants = [one for one in await _grants(body) if one.power is power]
    if not grants:
        return True if power is Power.CHECK else body.can_penalise
    return any(one.in_force(day) for one in grants)


async def check(body: Body, power: Power, items: Sequence[str], day: date) -> None:
    """Refuse a body what it has no power to do.

    Without any dated entry a body checks (it is one), and penalises where its administration
    noted so.

    Raises:
        NoPower: with the articles from which the power would have to come.
    """
    grants = await _grants(body)
    standing = True if power is Power.CHECK else body.can_penalise
    if not holds(power, items, day, grants, standing=standing):
        raise NoPower(
            f"{body.name} holds no published power to {power.value} this on {day} "
            f"({ARTICLE[power]}); hand it to the body that does",
        )


async def _grants(body: Body) -> list[Grant]:
    return [
        Grant(Power(row.power), row.item_group, row.valid_from, row.valid_to, row.published_on)
        for row in await BodyPower.filter(body_id=body.id)
    ]
