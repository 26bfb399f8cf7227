"""Dual prevention in a town: risk points of every colour, hazards in every state, supervision."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from infra.demo.stories import Shop, Story, Town
from service.hazards import commands as hazards
from service.hazards import extensions, sorting
from service.hazards.criteria import criteria_on
from service.hazards.rules import Authority, Category, Grade, Plan, Source
from service.risks import commands as risks
from service.risks.rules import Control, Level
from service.supervision import commands as supervision
from service.supervision.rules import Level as Plate

POINTS = (
    ("液氨制冷机房", Category.AMMONIA, "10", "6", "15", 4),
    ("厨房燃气管道", Category.GAS, "6", "6", "7", 4),
    ("配电间", Category.ELECTRICAL, "3", "6", "7", 4),
    ("货物堆放区", Category.FIRE, "3", "6", "3", 4),
    ("自动扶梯", Category.SPECIAL_EQUIPMENT, "1", "6", "15", 3),
    ("冷库穿堂", Category.CONFINED_SPACE, "3", "3", "15", 2),
    ("装修作业区", Category.CONSTRUCTION, "3", "2", "7", 1),
)
"""Name, category, the inputs L, E, C of the evaluation, and how many steps were taken."""
CONTROLS = (
    Control(Level.L1, "主要负责人带队检查", "主要负责人", 30),
    Control(Level.L2, "部门每周专项检查", "安全管理部门", 7),
    Control(Level.L3, "班前班后检查", "当班班长", 1),
)
FOUND = (
    (Category.FIRE, "疏散通道堆放货物，宽度不足"),
    (Category.ELECTRICAL, "配电箱前堆放可燃物，线路未穿管"),
    (Category.GAS, "可燃气体报警器未接电"),
    (Category.MANAGEMENT, "未建立隐患排查台账"),
    (Category.SPECIAL_EQUIPMENT, "扶梯未张贴检验合格标志"),
    (Category.FIRE, "灭火器压力不足"),
)
FIX = Plan("店长", "清理、更换并安排专人每日检查", 200_000, None, "设置临时警示标识")


async def risk_points(town: Town, shop: Shop, count: int) -> Story:
    """Some points of one shop, each taken as far as its entry says."""
    for number, (name, category, likely, exposed, grave, steps) in enumerate(POINTS[:count]):
        # The first assessment of each shop ran out, so that a review is due.
        ago = 380 if number == 2 else 150 - 9 * number
        yield town.on(ago, "safety-officer")
        point = await risks.identify(shop.place, name=name, category=category)
        if steps > 1:
            inputs = {"L": Decimal(likely), "E": Decimal(exposed), "C": Decimal(grave)}
            await risks.evaluate(point.id, "LEC", inputs)
        if steps > 2:
            await risks.grade(point.id)
        if steps > 3:
            await risks.set_controls(point.id, CONTROLS)


ENDINGS = (
    "closed",
    "overdue",
    "rectifying",
    "self-checked",
    "closed",
    "assigned",
    "closed-late",
    "extension-asked",
    "found",
    "closed",
    "verified",
    "graded",
    "extended",
    "rejected",
    "dismissal-asked",
    "dismissed",
    "merged",
    "closed-again",
)
"""How far each hazard has come; a town that is not told at length has the first few."""
START = {
    "closed": 120,
    "overdue": 60,
    "rectifying": 12,
    "self-checked": 15,
    "assigned": 8,
    "closed-late": 90,
    "extension-asked": 14,
    "found": 1,
    "verified": 21,
    "graded": 3,
    "extended": 24,
    "rejected": 18,
    "dismissal-asked": 6,
    "dismissed": 40,
    "merged": 30,
    "closed-again": 100,
}
"""Days ago on which it was found."""


def hazard_stories(town: Town) -> Iterator[Story]:
    """One story for each ending, at shops in turn."""
    for number, ending in enumerate(ENDINGS if town.at_length else ENDINGS[:4]):
        ago = START[ending] + (number if ending == "closed" else 0)
        yield _hazard(town, town.shops[number % len(town.shops)], number, ending, ago)


async def _hazard(town: Town, shop: Shop, number: int, ending: str, ago: int) -> Story:
    yield town.on(ago, "inspector")
    hazard = await _report(town, shop, number)
    if ending == "found":
        return
    if ending in ("dismissal-asked", "dismissed"):
        await sorting.ask_dismissal(hazard, "复核后认为现场符合要求")
        if ending == "dismissed":
            yield town.on(ago - 2, "head")
            await sorting.decide_dismissal(hazard, dismissed=True)
        return
    if ending == "merged":
        twin = await _report(town, shop, number)
        await sorting.merge(twin, hazard)
    yield town.on(ago - 1, "inspector")
    await hazards.grade(hazard, Grade.GENERAL)
    if ending == "graded":
        return
    due = town.day(ago - 20)
    await hazards.assign(hazard, responsible=shop.plan.principal, due_on=due)
    if ending == "assigned":
        return
    yield town.on(ago - 3, "enterprise")
    await hazards.plan(hazard, FIX)
    async for act in _after_plan(town, hazard, ending, ago):
        yield act
    if ending == "closed-again":
        yield town.on(40, "inspector")
        await _report(town, shop, number)


async def _report(town: Town, shop: Shop, number: int) -> UUID:
    category, words = FOUND[number % len(FOUND)]
    source = list(Source)[number % 5]
    row = await hazards.report(shop.place, category=category, description=words, source=source)
    return row.id


async def _after_plan(town: Town, hazard: UUID, ending: str, ago: int) -> Story:
    if ending in ("overdue", "rectifying", "merged"):
        return
    if ending in ("extension-asked", "extended"):
        yield town.on(ago - 6, "enterprise")
        await extensions.ask(hazard, town.day(ago - 45), "配件订购中，需延长整改期限")
        if ending == "extended":
            yield town.on(ago - 8, "head")
            await extensions.answer(hazard, granted=True, why="情况属实，同意延期")
        return
    done = 24 if ending == "closed-late" else 10
    yield town.on(ago - done, "enterprise")
    await hazards.submit(hazard, "已整改完毕，附照片")
    if ending == "self-checked":
        return
    yield town.on(ago - done - 2, "inspector")
    if ending == "rejected":
        await hazards.reject(hazard, "现场仍有杂物，继续整改")
        return
    await hazards.verify(hazard, "现场复核，已整改到位")
    if ending != "verified":
        await hazards.close(hazard)


def listings(town: Town) -> Iterator[Story]:
    """Orders of the three levels in a town told at length, the lowest one in some others."""
    cases = (
        (Plate.KE, 40, "rectifying"),
        (Plate.CHU, 70, "listed"),
        (Plate.TING, 110, "rectifying"),
        (Plate.KE, 150, "delisted"),
        (Plate.CHU, 90, "overdue"),
        (Plate.KE, 4, "proposed"),
    )
    told = cases if town.at_length else cases[:1] if town.rng.random() < 0.3 else ()
    for number, (level, ago, ending) in enumerate(told):
        yield _listing(town, town.shops[-1 - number % len(town.shops)], number, level, ago, ending)


async def _listing(
    town: Town, shop: Shop, number: int, level: Plate, ago: int, ending: str
) -> Story:
    yield town.on(ago, "inspector")
    hazard, rule = await _major(town, shop, number)
    order = (await supervision.propose(hazard, level, f"{rule}，整改难度大")).id
    if ending == "proposed":
        return
    decider = (
        supervision.Decider(town.owner, town.body, town=True)
        if level is Plate.KE
        else supervision.Decider(town.office, town.bodies["emergency"], town=False)
    )
    yield town.on(ago - 1, "head")
    await supervision.approve(order, decider)
    yield town.on(ago - 2, "head")
    listed = supervision.Plate(
        f"演督〔{town.day(ago).year}〕{town.code[-3:]}-{number + 1}号",
        town.working(ago - 60 if ending == "overdue" else ago - 170),
        "分管副镇长" if level is Plate.KE else "分管局领导",
        "商贸经营场所存在重大事故隐患，正在整改",
        "演示市安委会督办函" if level is Plate.TING else "",
    )
    await supervision.list_order(order, decider, listed)
    if ending == "listed":
        return
    async for act in _rectified(town, hazard, order, decider, ago, ending):
        yield act


async def _major(town: Town, shop: Shop, number: int) -> tuple[UUID, str]:
    rules = criteria_on(town.today)
    rule = rules[number % len(rules)]
    row = await hazards.report(
        shop.place, category=rule.category, description=rule.text, source=Source.INSPECTION
    )
    await hazards.grade(row.id, Grade.MAJOR, criterion=rule.code)
    due = town.day(0) + timedelta(days=30)
    await hazards.assign(row.id, responsible=shop.plan.principal, due_on=due)
    return row.id, rule.text[:80]


async def _rectified(
    town: Town,
    hazard: UUID,
    order: UUID,
    decider: supervision.Decider,
    ago: int,
    ending: str,
) -> Story:
    yield town.on(ago - 5, "enterprise")
    finish = town.day(-20)
    await hazards.plan(
        hazard, Plan("主要负责人", "停用相关设备，限期改造", 3_000_000, finish, "安排专人值守")
    )
    await supervision.follow(hazard)
    if ending != "delisted":
        return
    for to in Authority:
        await hazards.record_report(hazard, to, town.day(ago - 5))
    yield town.on(ago - 30, "enterprise")
    await hazards.submit(hazard, "改造完成并通过自查")
    await supervision.follow(hazard)
    yield town.on(ago - 34, "inspector")
    await hazards.verify(hazard, "现场核查，重大隐患已消除")
    await hazards.close(hazard)
    await supervision.follow(hazard)
    yield town.on(ago - 36, "head")
    await supervision.delist(order, decider, "核查属实，予以摘牌")
