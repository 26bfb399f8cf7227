"""Who answers for what in a town: plates with holes, changes of office, guidance visits, events."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from infra.demo.names import person
from infra.demo.past import office_hour
from infra.demo.stories import Act, Shop, Story, Town
from service.guidance.commands import CheckIn, check_in, declare_event
from service.guidance.rules import EventKind, Place, month_of
from service.responsibility.commands import (
    assign_plates,
    enter_person,
    leave_office,
    replace_person,
)
from service.responsibility.queries import Selection
from service.responsibility.records import ResponsiblePerson
from service.responsibility.rules import Heads

PLATES_DAYS = 200  # how long ago the plates went up
HOLE_SHARE = 6  # one enterprise of so many has no plate
SHOWN = 24  # enterprises with plates of a town that is told at length
FEW = 3  # of every other town
LEFT_DAYS = 9
NOTES = ("已提醒保持疏散通道畅通", "指导完善用电检查记录", "讲解应急处置卡", "督促更换过期灭火器")


async def heads(town: Town) -> Story:
    """The plates go up, a head changes, an enterprise's own head leaves, visits go on."""
    shops = [shop for n, shop in enumerate(town.shops) if n % HOLE_SHARE != HOLE_SHARE - 1]
    shops = shops[: SHOWN if town.at_length else FEW]
    yield town.on(PLATES_DAYS, minute=540)
    admin = await _official(town, "副镇长", "镇人民政府")
    industry = await _official(town, "商务办公室主任", "商务主管部门")
    own = [await _principal(town, shop) for shop in shops]
    chosen = Selection(premises_ids=tuple(shop.place for shop in shops))
    await assign_plates(town.owner, chosen, Heads(admin.id, industry.id), "首次挂牌")
    for ago, head, shop in _rounds(town, [admin, industry], shops):
        yield town.on(ago, "head", 1000)
        await _visit(town, head, shop, town.day(ago))
    yield town.on(LEFT_DAYS)
    if len(own) > 2:
        await leave_office(own[-1].id, town.day(LEFT_DAYS))
    if town.rng.random() < 0.3 or town.at_length:
        successor = await _official(town, industry.office, industry.organisation, LEFT_DAYS)
        await replace_person(industry.id, successor.id)


async def _official(
    town: Town, office: str, organisation: str, ago: int = PLATES_DAYS
) -> ResponsiblePerson:
    return await enter_person(
        town.owner,
        name=person(town.rng),
        office=office,
        organisation=organisation,
        in_office_from=town.day(ago),
    )


async def _principal(town: Town, shop: Shop) -> ResponsiblePerson:
    return await enter_person(
        town.owner,
        name=shop.plan.principal,
        office="主要负责人",
        organisation=shop.plan.name,
        in_office_from=town.day(PLATES_DAYS),
        enterprise_id=shop.enterprise,
    )


def _rounds(
    town: Town, heads: list[ResponsiblePerson], shops: list[Shop]
) -> Iterator[tuple[int, ResponsiblePerson, Shop]]:
    """The first head visits every month and the second now and then, so duties stay open."""
    months = 6 if town.at_length else 2
    rounds: list[tuple[int, ResponsiblePerson, Shop]] = []
    first = month_of(town.today).first
    for _ in range(months):
        for number, head in enumerate(heads):
            if number == 1 and town.rng.random() < 0.4:
                continue
            for shop in town.rng.sample(shops, min(len(shops), 3 if town.at_length else 1)):
                ago = (town.today - first).days - town.rng.randrange(25)
                if LEFT_DAYS < ago < PLATES_DAYS:
                    rounds.append((ago, head, shop))
        first = month_of(first - timedelta(days=1)).first
    yield from sorted(rounds, key=lambda one: -one[0])


async def _visit(town: Town, head: ResponsiblePerson, shop: Shop, day: date) -> UUID:
    place = shop.plan.premises[0]
    moment = office_hour(day, 1000 - town.rng.randrange(1, 90))
    near = Place(place.latitude, place.longitude)
    if town.rng.random() < 0.1:  # the phone had no position
        visit = await check_in(head.id, shop.place, CheckIn(moment, None, town.rng.choice(NOTES)))
    else:
        visit = await check_in(head.id, shop.place, CheckIn(moment, near, town.rng.choice(NOTES)))
    return visit.id


async def events(town: Town) -> Story:
    """A holiday of the past, trade taken up again, and a feast to come."""
    for ago, kind, title, shop in _events(town):
        act: Act = town.on(ago + 3)
        yield act
        at = office_hour(town.day(ago), 600)
        await declare_event(town.owner, kind, title, at, shop.place if shop else None)


def _events(town: Town) -> Iterator[tuple[int, EventKind, str, Shop | None]]:
    yield 55, EventKind.KEY_NODE, "国庆假期商贸场所安全保障", None
    if town.at_length and len(town.shops) > 1:
        yield 20, EventKind.RESUMPTION, "装修后复工复产", town.shops[1]
        yield -2, EventKind.KEY_NODE, "年末促销活动安全保障", None
