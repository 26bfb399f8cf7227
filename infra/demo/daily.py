"""What a town's clerks and units keep: grids, tiers, sessions, business, posts and accidents."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from infra.demo.names import person
from infra.demo.stories import Shop, Story, Town
from service import clock
from service.accidents import commands as accidents
from service.accidents.rules import Toll
from service.assessments import commands as sessions
from service.assessments import work
from service.assessments.records import RiskSession
from service.assessments.rules import Trigger
from service.duties import enterprise as duties
from service.post_cards import commands as post_cards
from service.post_cards.records import CardIssue
from service.post_cards.rules import CardKind, CheckKind, Question
from service.register import changing, grids, tiers
from service.register.industry import latest_basis_year
from service.register.rules import EnterpriseStatus
from tenants.records import Tenant

ORPHANS = 8  # one place of so many lies in no grid
POSTS = ("店长", "安全管理员", "收银领班", "厨师长", "电工", "叉车工")


async def register(town: Town) -> Story:
    """Two grids by where the shops lie, tiers by the table, revenues, and a few changes."""
    yield town.on(190)
    cells = sorted(
        {grids.cell_of(p.latitude, p.longitude) for s in town.shops for p in s.plan.premises}
    )
    cells = [cell for number, cell in enumerate(cells) if number % ORPHANS != ORPHANS - 1]
    for number, part in enumerate((cells[::2], cells[1::2]), start=1):
        if part:
            grid = await grids.define(
                town.owner, code=f"{town.code[-3:]}-{number}", name=f"第{number}网格",
                keeper_name=person(town.rng),
            )  # fmt: skip
            await grids.assign_cells(grid.id, part, ())
    yield town.on(170)
    year = latest_basis_year(town.day(170))
    for shop in town.shops[: 20 if town.at_length else 1]:
        await tiers.decide_tier(shop.enterprise, "首次分级")
        await tiers.state_revenue(shop.enterprise, year, shop.plan.revenue_fen, "企业申报")
    if town.at_length and len(town.shops) > 6:
        yield town.on(33)
        await changing.set_status(town.shops[-1].enterprise, EnterpriseStatus.SUSPENDED, "停业装修")


async def assessments(town: Town) -> Story:
    """Periodic sessions, held or missed, one before a feast, and business with its safety item."""
    yield town.on(200)
    await sessions.plan_periodic(await Tenant.get(id=town.owner.tenant_id))
    if not town.at_length:
        return
    yield town.on(70)
    feast = await sessions.declare_occasion(
        town.owner, Trigger.KEY_PERIOD, "国庆假期", town.day(55), town.day(48)
    )
    business = await work.plan_work(town.owner, "夜间经济街区开街", "街区消防与用电检查")
    yield town.on(60)
    action = sessions.Action("逐户检查疏散通道", "安监办", town.day(50))
    other = sessions.Action("更换老化线路", "经营单位", town.day(20))
    await sessions.hold(
        feast.id, town.day(60), "辖区商场、餐饮、市场", ["人流密集，火灾风险上升"], [action, other]
    )
    await work.advance_work(business.id)
    await work.advance_safety(business.id)
    yield town.on(30)
    await work.advance_work(business.id)
    await sessions.declare_occasion(
        town.owner, Trigger.MAJOR_EVENT, "年末促销活动", town.day(-15), town.day(-20)
    )
    yield town.on(10)
    late = await RiskSession.filter(
        tenant_id=town.owner.tenant_id, trigger=Trigger.PERIODIC.value, state="PLANNED"
    ).first()
    if late is not None:
        await sessions.hold(late.id, town.day(10), "辖区各类商贸单位", ["风险总体可控"])
        await sessions.close(late.id)


CARDS = {
    CardKind.RISK_LIST: ("地面湿滑致滑倒", "用电设备漏电"),
    CardKind.DUTY_LIST: ("班前检查疏散通道", "发现隐患立即报告"),
    CardKind.OPERATION_CARD: ("开机前检查线路", "停用后切断电源"),
    CardKind.EMERGENCY_CARD: ("初起火灾先报警再扑救", "引导顾客沿疏散通道撤离"),
}
QUIZ = (Question("发现火情首先做什么？", ("报警", "收银", "离岗"), 1),)


async def cards(town: Town, post: UUID, holder: str, number: int) -> None:
    """The two lists and two cards of a post, issued, signed and asked about; some not yet."""
    for kind, lines in list(CARDS.items())[: 4 if number else 3]:
        card = await post_cards.write(post, kind, post_cards.Content(lines, QUIZ))
        await post_cards.issue(card.id, [holder])
        issued = await CardIssue.get(card_id=card.id)
        if kind is CardKind.OPERATION_CARD:
            continue
        await post_cards.sign(issued.id)
        await post_cards.take_quiz(issued.id, [1 if number % 2 else 2])
        if kind is CardKind.EMERGENCY_CARD:
            await post_cards.record_check(
                issued.id, CheckKind.DRILL, passed=True, note="演练疏散，动作规范"
            )


async def posts(town: Town, shop: Shop) -> Story:
    """The posts of an enterprise, most with a signed statement, and some of the seven duties."""
    yield town.on(160, "enterprise")
    for number, name in enumerate(POSTS):
        post = await duties.open_post(shop.enterprise, name, town.day(160))
        if number % 4 != 3:
            holder = person(town.rng)
            await duties.sign(
                post.id,
                holder=holder,
                content="落实岗位安全职责，班前检查，发现隐患立即报告",
                assessment="每季度考核一次，与绩效挂钩",
                signed_on=town.day(160),
            )
            await cards(town, post.id, holder, number)
    into_the_year = (town.today - town.today.replace(month=1, day=1)).days
    for duty in range(1, 5):
        yield town.on(max(0, min(150, into_the_year) - duty))
        day = clock.legal_day(clock.now())
        await duties.fulfil(shop.enterprise, duty, day, "已组织落实，附会议记录")


def mishaps(town: Town) -> Iterator[Story]:
    """Two accidents without deaths, one of which was reported too late."""
    if town.at_length:
        yield _accident(town, town.shops[0], 52, 30)
        yield _accident(town, town.shops[2 % len(town.shops)], 140, 150)


async def _accident(town: Town, shop: Shop, ago: int, minutes: int) -> Story:
    yield town.on(ago, "enterprise", 900)
    known = clock.now() - timedelta(minutes=minutes)
    first = accidents.First(
        known - timedelta(minutes=10),
        known,
        "卸货时货架倾倒，一人轻伤，已送医",
        Toll(0, 0, 800_000),
    )
    row = await accidents.report(shop.place, first)
    yield town.on(ago - 2, "enterprise")
    await accidents.supplement(row.id, Toll(0, 0, 1_200_000), "直接经济损失核实")
