"""No row that the feed follows changes without an audit entry that the feed shows.

A witness in the database looks at each row at the end of its transaction; what commands do here
is judged by it, and one planted change shows that it sees.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from service.accidents import commands as accidents
from service.assets import commands as assets
from service.cases.rules import State as Tried
from service.hazards import commands, extensions, overdue, sorting
from service.hazards.rules import Category, Grade, State
from service.inspections import visits
from service.inspections.rules import State as Inspected
from service.register import changing, tiers
from service.register.records import Enterprise
from service.register.rules import EnterpriseStatus
from service.risks import commands as risks
from service.standardisation import commands as standardisation
from service.supervision import commands as supervision
from service.supervision.rules import Level
from service.workdays.queries import calendar
from service.workdays.rules import next_working_day
from tenants.ids import new_id
from tenants.wall import tenant_transaction
from tests.accidents.test_commands import first
from tests.assets.test_commands import REPORT, lift
from tests.cases.conftest import Court
from tests.changes.conftest import Consumer, app_of, enrol
from tests.changes.witness import witness
from tests.conftest import Work, World
from tests.hazards.conftest import TODAY, Desk, open_shop
from tests.inspections.conftest import Patrol, appoint
from tests.register import conftest as register_conftest
from tests.register.tables import line, xlsx
from tests.register.test_imports import Clerk
from tests.risks.conftest import LEVELS
from tests.supervision.conftest import Desk as Overseer
from tests.supervision.conftest import plate

ask = register_conftest.ask


@pytest.fixture
async def seen(database: None) -> AsyncIterator[asyncpg.Connection]:
    """The witness at work."""
    async with witness() as owner:
        yield owner


async def unseen(owner: asyncpg.Connection) -> list[tuple[str, str]]:
    rows = await owner.fetch("select distinct kind, change from feed_witness order by 1, 2")
    return [(row["kind"], row["change"]) for row in rows]


async def the_register(desk: Desk) -> None:
    """Every act on an enterprise and its premises."""
    shop = desk.shop
    await desk.do(
        changing.update_enterprise,
        shop.enterprise_id,
        {"name": "改名", "contact_phone": "1", "industry_code": "5211"},
    )
    await desk.do(changing.update_premises, shop.id, {"address": "某路2号"})
    await desk.do(tiers.state_revenue, shop.enterprise_id, 2024, 900_000_000)
    await desk.do(tiers.decide_tier, shop.enterprise_id, "按表")
    for status in (EnterpriseStatus.SUSPENDED, EnterpriseStatus.OPERATING):
        await desk.do(changing.set_premises_status, shop.id, status, "申报")
        await desk.do(changing.set_status, shop.enterprise_id, status, "申报")
    other = await open_shop(desk.world, name="将关")
    await desk.do(changing.set_status, other.enterprise_id, EnterpriseStatus.CLOSED, "歇业")


async def the_hazards(desk: Desk) -> None:
    """Every way of a hazard."""
    await desk.at(State.CLOSED)
    await desk.at(State.CLOSED, Grade.MAJOR)
    submitted = await desk.at(State.SELF_CHECKED)
    await desk.do(commands.reject, submitted.id, "未到位")
    late = await desk.at(State.RECTIFYING, due_on=TODAY + timedelta(3))
    await desk.do(extensions.ask, late.id, TODAY + timedelta(9), "等配件", actor="account:e")
    await desk.do(extensions.answer, late.id, granted=True, why="属实")
    await overdue.mark_overdue(desk.world.district_id, TODAY + timedelta(40))
    wrong = await desk.report(category=Category.ELECTRICAL)
    await desk.do(sorting.ask_dismissal, wrong.id, "误报", actor="account:a")
    await desk.do(sorting.decide_dismissal, wrong.id, dismissed=True, actor="account:b")
    original, twice = await desk.report(), await desk.report()
    await desk.do(sorting.merge, twice.id, original.id)
    await desk.do(sorting.transfer, original.id, "commerce", "归口")


async def the_risks(desk: Desk) -> None:
    """A risk point from its finding to its review."""
    point = await desk.do(risks.identify, desk.shop.id, name="充电", category=Category.ELECTRICAL)
    inputs = {"L": Decimal(6), "E": Decimal(6), "C": Decimal(15)}
    await desk.do(risks.evaluate, point.id, "LEC", inputs)
    await desk.do(risks.grade, point.id)
    await desk.do(risks.set_controls, point.id, LEVELS)
    assert point.id in await risks.mark_review_due(desk.world.district_id, TODAY + timedelta(366))


async def the_inspections(desk: Desk) -> None:
    """Inspections to each of their ends, and a case that grew out of one on its way."""
    patrol = Patrol(desk.world, desk.shop, await appoint(desk.world))
    for state in (Inspected.CLOSED, Inspected.FAILED, Inspected.NO_ISSUE):
        await patrol.at(state)
    for state in (Inspected.RECORD_REFUSED, Inspected.VISIT_REFUSED, Inspected.CANCELLED):
        await patrol.at(state)
    ordered = await patrol.at(Inspected.RECTIFY_ORDERED)

    async def note() -> None:
        await visits.mark_case_filed(ordered, new_id())

    await patrol.do(note)


async def the_cases(desk: Desk) -> None:
    """A case from its filing to its execution."""
    court = Court(desk.world, desk.shop, await appoint(desk.world))
    await court.at(Tried.EXECUTED)


async def the_equipment(desk: Desk) -> None:
    """Equipment from its entry to its end."""
    made = await lift(desk)
    await desk.do(assets.inspect, made.id, REPORT)
    await desk.do(assets.retire, made.id, "拆除")


async def the_accidents(desk: Desk) -> None:
    """An accident, and more of it."""
    row = await desk.do(accidents.report, desk.shop.id, first())
    await desk.do(accidents.correct, row.id, first().toll, "更正")


async def the_certificates(desk: Desk) -> None:
    """An application that is taken back, and a certificate of before."""
    day = TODAY - timedelta(60)
    row = await desk.do(standardisation.apply, desk.shop.enterprise_id, 3, day)
    await desk.do(standardisation.self_assess, row.id, 70, day)
    await desk.do(standardisation.withdraw, row.id, "改申请二级")
    await desk.do(standardisation.record, desk.shop.enterprise_id, 3, "AQ-演-1", day)


async def the_supervision(desk: Desk) -> None:
    """An order from its proposal to its listing."""
    office = Overseer(desk.world, desk.shop, None, None)  # type: ignore[arg-type]
    late = await desk.at(State.RECTIFYING)
    order = await desk.do(supervision.propose, late.id, Level.KE, "久拖不改")
    await office.do(supervision.approve, order.id, office.town, actor="account:head")
    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        due = next_working_day(TODAY + timedelta(30), await calendar())
    await office.do(supervision.list_order, order.id, office.town, plate(deadline=due))


@pytest.mark.parametrize(
    "acts",
    [
        the_register,
        the_hazards,
        the_risks,
        the_inspections,
        the_cases,
        the_equipment,
        the_accidents,
        the_certificates,
        the_supervision,
    ],
)
async def test_no_row_changes_without_an_entry_that_the_feed_shows(
    world: World, seen: asyncpg.Connection, acts: Any
) -> None:
    desk = Desk(world, await open_shop(world))

    await acts(desk)

    assert await unseen(seen) == []


async def test_an_import_and_its_undoing_are_announced(
    world: World,
    seen: asyncpg.Connection,
    ask: Any,
    work: Work,
    consumer: Consumer,
) -> None:
    clerk = Clerk(world, ask, work)
    app = app_of(world.towns[:1])
    await enrol(world.towns[0])
    await consumer.poll(app)

    done = await clerk.bring_in(xlsx([line(1), line(2), line(3)]))
    came = await consumer.poll(app)
    held = sum(map(len, consumer.kept.values()))
    await clerk.undo(done["id"])
    went = await consumer.poll(app)

    assert [one["what"] for one in came] == [one["what"] for one in went] == ["RESYNC"]
    assert (held, sum(map(len, consumer.kept.values()))) == (4, 1)
    assert await unseen(seen) == []


async def test_the_witness_sees_a_change_that_nobody_wrote_down(
    world: World, seen: asyncpg.Connection
) -> None:
    shop = await enrol(world.towns[0])
    async with tenant_transaction(world.towns[0].scope()):
        await Enterprise.filter(id=shop.id).update(name="暗改")

    assert await unseen(seen) == [("Enterprise", "UPDATE")]
