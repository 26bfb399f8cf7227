"""What the district's office keeps over the year: duties of bodies, routines, measures, scores."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from infra.demo.model import DemoPlan
from infra.demo.past import at_moment, office_hour
from infra.demo.plan import SHOWN_TOWN
from infra.demo.steps import ACTOR, District, Index
from infra.demo.stories import acting
from service.duties.commands import add_item, fill
from service.duties.records import DutyItem, DutyRecord
from service.duties.rules import EvidenceKind, Frequency, period_of
from service.guidance.rules import half_of, month_of
from service.hazards.ranking import rank
from service.indicators.commands import ask_snapshot
from service.indicators.records import IndicatorSnapshot
from service.indicators.rules import Purpose
from service.indicators.scoring import take
from service.joint.queries import inspected_premises
from service.routine_checks import generation
from service.routine_checks.commands import create
from service.routine_checks.commands import fill as fill_check
from service.routine_checks.records import CheckRoutine, RoutineCheck
from service.routine_checks.rules import Answer, Kind, Version
from tenants.directory import department_scope
from tenants.scope import Scope
from tenants.wall import tenant_transaction

DUTY_DAYS = 200
ROUTINE_DAYS = 26
ITEMS = ("疏散通道畅通", "灭火器在位有效", "电气线路无异常", "燃气阀门关闭")
KINDS = (
    (Kind.DAILY_TEAM, "早班班组", 1),
    (Kind.WEEKLY_DEPT, "安全部", 5),
    (Kind.MONTHLY_MANAGER, "店长", 10),
)
MISSED = 6  # one check of so many is missed, another comes late
TITLES = ("召开安全生产例会，研究本行业领域问题", "报送安全生产工作小结")


async def office(plan: DemoPlan, district: District, known: Index) -> int:
    """Everything that runs by the calendar; how many checks, duties and measures came of it."""
    scope = await department_scope(district.office.district_id, ACTOR)
    made = await _duties(plan, district, known)
    made += await _routines(plan, district, known, scope)
    made += await _measures(plan, district)
    await rank(district.office.district_id, plan.today - timedelta(days=1), inspected_premises)
    return made


async def _duties(plan: DemoPlan, district: District, known: Index) -> int:
    """Every department holds a meeting each month; one of them forgot one."""
    begun = plan.today - timedelta(days=DUTY_DAYS)
    bodies = [body for (_, town), body in sorted(known.bodies.items(), key=str) if town is None]
    scope = await department_scope(district.office.district_id, ACTOR)
    async with tenant_transaction(scope):
        if await DutyItem.exists():
            return 0
        with at_moment(office_hour(begun)):
            items = [
                await add_item(
                    district.office,
                    body_id=body,
                    title=title,
                    basis="渝北安委〔2022〕15号",
                    frequency=Frequency.MONTH if title == TITLES[0] else Frequency.QUARTER,
                    evidence_kind=EvidenceKind.MINUTES,
                    valid_from=begun,
                )
                for body in bodies
                for title in TITLES
            ]
        made = 0
        for day in _months(begun, plan.today):
            for number, item in enumerate(items):
                period = period_of(Frequency[item.frequency], day)
                due = period.first > begun and (number + day.month) % 7 != 0
                again = await DutyRecord.filter(
                    item_id=item.id, period_first=period.first, done_on__isnull=False
                ).exists()
                if due and not again:
                    with at_moment(office_hour(min(day + timedelta(days=20), plan.today))):
                        await fill(
                            item.id,
                            period.first,
                            item.body_id,
                            note="已召开，形成纪要",
                            reference="",
                        )
                    made += 1
        return made


def _months(since: date, until: date) -> list[date]:
    """The first days of the months after `since` that have begun."""
    found, day = [], month_of(since).last + timedelta(days=1)
    while day <= until:
        found.append(day)
        day = month_of(day).last + timedelta(days=1)
    return found


async def _routines(plan: DemoPlan, district: District, known: Index, scope: Scope) -> int:
    """Daily, weekly and monthly checks of two shops, generated, filled, late and missed."""
    shops = [n for n, item in enumerate(plan.enterprises) if item.town_code == SHOWN_TOWN]
    shops = shops[: 1 if plan.size == "S" else 2]
    begun = plan.today - timedelta(days=ROUTINE_DAYS)
    async with tenant_transaction(scope):
        if not await CheckRoutine.exists():
            with at_moment(office_hour(begun, 400)), acting("enterprise"):
                for shop in shops:
                    for kind, unit, due_on in KINDS:
                        version = Version(1, begun, ITEMS, due_on=due_on)
                        place = known.premises[(shop, 0)]
                        await create(place, kind=kind, unit=unit, version=version)
    with at_moment(office_hour(plan.today, 430)):
        await generation.generate(district.office.district_id, plan.today)
    async with tenant_transaction(scope):
        waiting = RoutineCheck.filter(state="DUE", received_at=None, due_on__lt=plan.today)
        checks = await waiting.order_by("due_on", "id")
        with acting("enterprise"):
            for number, check in enumerate(checks, start=1):
                await _fill(check, number)
    with at_moment(office_hour(plan.today, 440)):
        await generation.mark_missed(district.office.district_id, plan.today)
    return len(checks)


async def _fill(check: RoutineCheck, number: int) -> None:
    """In time, a day late, or not at all; now and then an item fails and makes a hazard."""
    if number % MISSED == 0:
        return
    late = number % MISSED == 3
    answers = [Answer(item, True) for item in range(1, len(ITEMS) + 1)]
    if number % 13 == 1:
        answers[1] = Answer(2, False, "灭火器压力不足", "FIRE")
    with at_moment(office_hour(check.due_on + timedelta(days=int(late)), 600)):
        await fill_check(check.id, answers)


async def _measures(plan: DemoPlan, district: District) -> int:
    """The measures of the past months, and the scores of the half year that ended."""
    half = half_of(half_of(plan.today).first - timedelta(days=1))
    wanted = [(half.first, half.last, Purpose.SCORE)]
    first = month_of(plan.today).first
    for _ in range(1 if plan.size == "S" else 6):
        month = month_of(first - timedelta(days=1))
        wanted.append((month.first, month.last, Purpose.MONTHLY))
        first = month.first
    asked: Sequence[UUID] = []
    async with tenant_transaction(district.scope(None)):
        there = await IndicatorSnapshot.filter(tenant_id=district.office.tenant_id)
        known = {(row.since, row.purpose): row for row in there}
        for since, until, purpose in reversed(wanted):
            if (since, purpose.value) not in known:
                day = min(until + timedelta(days=2), plan.today)
                day = plan.today - timedelta(days=3) if purpose is Purpose.SCORE else day
                with at_moment(office_hour(day)):
                    row = await ask_snapshot(district.office, since, until, purpose)
                known[(since, purpose.value)] = row
        asked = [row.id for row in known.values() if row.state == "ASKED"]
    for one in asked:
        await take(district.office.district_id, one)
    return len(asked)
