"""The demo's enforcement: inspections and cases of the past months in every state.

Each act is made by whom the law wants: an inspector plans, the head approves, another reviews,
and each on a day of its own, so that deadlines are met, run, and are over.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from infra.demo.model import DemoPlan
from infra.demo.past import at_moment, office_hour
from infra.demo.steps import ACTOR, District
from service.cases import commands as cases
from service.cases import decisions, execution, filing
from service.cases.rules import Delivery, Penalty, PenaltyKind
from service.hazards.rules import Category
from service.inspections import commands, visits
from service.inspections.records import Inspection
from service.inspections.rules import ItemResult, Kind, Signature
from service.officers.records import Officer
from service.register.records import Premises
from service.workdays.queries import calendar
from service.workdays.rules import WorkCalendar, YearNotPublished, next_working_day
from tenants.directory import department_scope
from tenants.records import Body
from tenants.scope import Scope
from tenants.wall import tenant_transaction

TOWNS = 12
"""Towns whose officers are shown at work; the others stay zero bodies on the board."""
CASE_LINES = ("fire", "emergency", "market")
ITEMS = ("fire.exit", "fire.extinguisher", "gas.alarm")


@dataclass(frozen=True, slots=True)
class Desk:
    """A body at work in one town: its scope, officers, and the premises it goes to."""

    scope: Scope
    body: UUID
    officers: list[UUID]
    places: list[UUID]

    async def do(self, day: date, minute: int, who: str, act: Any, *args: Any, **named: Any) -> Any:
        """One command by somebody of the body, at a minute of a past day."""
        with at_moment(office_hour(day, minute)):
            async with tenant_transaction(replace(self.scope, actor=f"{ACTOR}:{who}")):
                return await act(*args, **named)


async def enforcement(plan: DemoPlan, district: District) -> int:
    """Inspections of towns and cases of departments; how many were made, 0 when seeded before."""
    wide = await department_scope(district.office.district_id, ACTOR)
    async with tenant_transaction(wide, read_only=True):
        if await Inspection.exists():
            return 0
        days = await calendar()
    made = 0
    for number, code in enumerate(sorted(district.towns)[:TOWNS]):
        desk = await _town_desk(district, code, plan.today)
        if desk is not None:
            made += await _round(desk, plan.today, days, number)
    for number, line in enumerate(CASE_LINES):
        desk = await _department_desk(district, wide, line, plan.today)
        if desk is not None:
            made += await _prosecute(desk, plan.today, days, number)
    return made


async def _town_desk(district: District, code: str, today: date) -> Desk | None:
    owner, scope = district.towns[code], district.scope(code)
    async with tenant_transaction(scope, read_only=True):
        body = await Body.filter(tenant_id=owner.tenant_id, kind="TOWN").first()
        places = await Premises.filter(tenant_id=owner.tenant_id).order_by("id").limit(6)
        return _desk(scope, body, await _team(body, today), [row.id for row in places])


async def _department_desk(district: District, wide: Scope, line: str, today: date) -> Desk | None:
    async with tenant_transaction(wide, read_only=True):
        body = await Body.filter(tenant_id=district.office.tenant_id, line=line).first()
        places = await Premises.filter(district_id=district.office.district_id)
        ids = sorted(row.id for row in places if row.tenant_id != district.office.tenant_id)
        return _desk(wide, body, await _team(body, today), ids[7::40][:8])


async def _team(body: Body | None, today: date) -> list[UUID]:
    if body is None:
        return []
    found = Officer.filter(body_id=body.id, active=True, card_valid_to__gte=today)
    return [row.id for row in await found.order_by("id").limit(2)]


def _desk(scope: Scope, body: Body | None, team: list[UUID], places: list[UUID]) -> Desk | None:
    if body is None or len(team) < 2 or len(places) < 4:
        return None
    return Desk(scope, body.id, team, places)


def _workday(today: date, ago: int, days: WorkCalendar) -> date:
    day = today - timedelta(days=ago)
    try:
        return min(next_working_day(day, days), today)
    except YearNotPublished:
        return day


async def _round(desk: Desk, today: date, days: WorkCalendar, number: int) -> int:
    """The inspections of one town, one in each typical state."""
    ago = [_workday(today, n + number, days) for n in (100, 70, 45, 12, 3)]
    clean = await _visit(desk, desk.places[0], ago[0], violated=False)
    await desk.do(ago[0], 700, "inspector", visits.find_nothing, desk.body, clean.id)
    for place, day, outcome in (
        (desk.places[1], ago[1], True),
        (desk.places[2], ago[2], number % 3 != 0),
        (desk.places[3], ago[3], None),
    ):
        row = await _visit(desk, place, day, violated=True)
        until = day + timedelta(days=10)
        await desk.do(
            day, 710, "inspector", visits.order_rectification, desk.body, row.id,
            "清理疏散通道，更换灭火器", until,
        )  # fmt: skip
        if outcome is not None:
            finding = "现场复查已整改" if outcome else "现场复查仍未整改"
            given = visits.Outcome(outcome, finding, desk.officers)
            back = _workday(today, (today - until).days, days)
            await desk.do(back, 600, "inspector", visits.reinspect, desk.body, row.id, given)
    planned = await _plan(desk, desk.places[-1], ago[4])
    if number % 2:
        await desk.do(ago[4], 560, "head", commands.approve, desk.body, planned.id)
    return 5


async def _plan(desk: Desk, premises: UUID, day: date) -> Inspection:
    task = commands.Task(Kind.ROUTINE, ITEMS, "年度执法检查计划", day)
    row: Inspection = await desk.do(
        day, 540, "inspector", commands.plan_task, desk.body, premises, task
    )
    return row


async def _visit(desk: Desk, premises: UUID, day: date, *, violated: bool) -> Inspection:
    """A visit up to its signed record."""
    row = await _plan(desk, premises, day)
    body, who = desk.body, "inspector"
    await desk.do(day, 560, "head", commands.approve, body, row.id)
    await desk.do(day, 570, who, commands.issue_code, body, row.id)
    arrival = commands.Arrival(desk.officers, place="经营场所门口", device="执法终端")
    await desk.do(day, 600, who, commands.check_in, body, row.id, arrival)
    bad = ItemResult.NOT_COMPLIANT
    first = (
        visits.Entry(ITEMS[0], bad, "疏散通道堆放货物", Category.FIRE)
        if violated
        else visits.Entry(ITEMS[0], ItemResult.COMPLIANT)
    )
    rest = [visits.Entry(item, ItemResult.COMPLIANT) for item in ITEMS[1:]]
    await desk.do(day, 640, who, visits.record_checks, body, row.id, [first, *rest])
    record = visits.Record(
        "疏散通道堆放货物一处" if violated else "未发现问题",
        "责令限期整改" if violated else "继续保持",
        Signature.SIGNED,
        signed_by="周示例",
    )
    signed: Inspection = await desk.do(day, 680, who, visits.sign_record, body, row.id, record)
    return signed


FINE = Penalty(frozenset({PenaltyKind.FINE}), 1_000_000)


async def _prosecute(desk: Desk, today: date, days: WorkCalendar, number: int) -> int:
    """Cases of one department, each stopped at another state."""
    stops = (0, 2, 4, 6, 7, 9)
    for index, stop in enumerate(stops[: len(desk.places)]):
        begun = _workday(today, 95 - 12 * index + number, days)
        await _case(desk, desk.places[index], begun, stop, f"{number + 1}{index + 1}", days, today)
    return len(stops)


async def _case(
    desk: Desk, premises: UUID, begun: date, stop: int, serial: str, days: WorkCalendar, today: date
) -> None:
    def day(after: int) -> date:
        return _workday(today, max(0, (today - begun).days - after), days)

    body, do = desk.body, desk.do
    given = filing.Filing(
        number=f"演立〔{begun.year}〕{serial}号",
        item=ITEMS[0],
        act="占用、堵塞疏散通道，经责令限期整改逾期未改",
        basis="《中华人民共和国消防法》第二十八条",
        began_on=begun,
        found_on=begun,
        premises_id=premises,
    )
    filed = await do(begun, 540, "inspector", filing.file, body, given)
    case = filed.case.id
    report = cases.Report("查明疏散通道被占用的事实", FINE)
    decision = decisions.Decision(f"演罚决〔{begun.year}〕{serial}号", FINE)
    hand = Delivery.IN_PERSON
    paid = FINE.fine_fen
    steps: list[tuple[int, str, Any, tuple[Any, ...], dict[str, Any]]] = [
        (1, "inspector", cases.assign, (desk.officers,), {}),
        (5, "inspector", cases.report, (report,), {}),
        (7, "reviewer", cases.review, (), {"passed": True, "opinion": "事实清楚，同意"}),
        (9, "inspector", cases.serve_notice, (hand, day(9)), {}),
        (22, "head", decisions.decide, (decision,), {}),
        (23, "inspector", decisions.serve, (hand, day(23)), {}),
        (26, "head", decisions.publish, (), {}),
        (30, "inspector", execution.record_payment, (paid, day(30), "银行回单"), {}),
        (31, "inspector", execution.execute, ("罚款缴清",), {}),
        (33, "head", execution.close, ("结案",), {}),
    ]
    for after, who, act, args, named in steps[: stop + 1 if stop else 0]:
        await do(day(after), 600, who, act, body, case, *args, **named)
    if stop == 0:
        await do(day(1), 600, "inspector", cases.assign, body, case, desk.officers)
