"""Enforcement in a town and before its departments: inspections and cases in many states.

Each act is made by whom the law wants: an inspector plans, the head approves, another reviews,
and each on a day of its own, so that deadlines are met, run, and are over.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from stdnum.cn import ric

from infra.demo.stories import Shop, Story, Town
from service import clock
from service.cases import commands as cases
from service.cases import decisions, execution, filing
from service.cases.persons import IdentityKind, Person, PersonRole
from service.cases.rules import Delivery, PartyKind, Penalty, PenaltyKind
from service.hazards.rules import Category
from service.inspections import commands, visits
from service.inspections.records import Inspection
from service.inspections.rules import ItemResult, Kind, Signature
from service.officers.records import Officer

ITEMS = ("fire.evacuation", "fire.equipment", "gas.alarm")
FINE = Penalty(frozenset({PenaltyKind.FINE}), 1_000_000)
CASE_BODIES = ("fire", "emergency", "market")
ACT = "占用、堵塞疏散通道，经责令限期整改逾期未改"


def inspections(town: Town) -> Iterator[Story]:
    """One inspection in each typical state; two in a town that is not told at length."""
    endings = ("clean", "failed", "closed", "ordered", "coded", "approved", "planned", "due")
    ago = {"clean": 100, "failed": 75, "closed": 60, "ordered": 6, "due": 25}
    told = endings if town.at_length else endings[2:4] if town.rng.random() < 0.4 else ()
    for number, ending in enumerate(told):
        shop = town.shops[number % len(town.shops)]
        yield _inspection(town, shop, ending, ago.get(ending, 1 + number % 3))


async def team(body: UUID) -> list[UUID]:
    """Two officers of a body whose cards hold."""
    day = clock.legal_day(clock.now())
    found = Officer.filter(body_id=body, active=True, card_valid_to__gte=day)
    return [row.id for row in await found.order_by("id").limit(2)]


async def _inspection(town: Town, shop: Shop, ending: str, ago: int) -> Story:
    ago = (town.today - town.working(ago)).days
    yield town.on(ago, "inspector", 540)
    task = commands.Task(Kind.ROUTINE, ITEMS, "年度执法检查计划", town.day(ago))
    row = await commands.plan_task(town.body, shop.place, task)
    if ending == "planned":
        return
    yield town.on(ago, "head", 560)
    await commands.approve(town.body, row.id)
    if ending == "approved":
        return
    yield town.on(ago, "inspector", 570)
    await commands.issue_code(town.body, row.id)
    if ending == "coded":
        return
    officers = await team(town.body)
    yield town.on(ago, "inspector", 600)
    arrival = commands.Arrival(officers, place="经营场所门口", device="执法终端")
    await commands.check_in(town.body, row.id, arrival)
    await _on_site(town, row, violated=ending != "clean")
    yield town.on(ago, "inspector", 690)
    if ending == "clean":
        await visits.find_nothing(town.body, row.id)
        return
    due = town.day(ago - 10)
    await visits.order_rectification(town.body, row.id, "清理疏散通道，更换灭火器", due)
    if ending in ("failed", "closed"):
        yield town.on(ago - 12, "inspector", 620)
        good = ending == "closed"
        finding = "现场复查已整改" if good else "现场复查仍未整改"
        await visits.reinspect(town.body, row.id, visits.Outcome(good, finding, officers))


async def _on_site(town: Town, row: Inspection, *, violated: bool) -> None:
    bad, good = ItemResult.NOT_COMPLIANT, ItemResult.COMPLIANT
    first = visits.Entry(ITEMS[0], good)
    if violated:
        first = visits.Entry(ITEMS[0], bad, "疏散通道堆放货物", Category.FIRE)
    entries = [first, *(visits.Entry(item, good) for item in ITEMS[1:])]
    await visits.record_checks(town.body, row.id, entries)
    record = visits.Record(
        "疏散通道堆放货物一处" if violated else "未发现问题",
        "责令限期整改" if violated else "继续保持",
        Signature.SIGNED,
        signed_by="郑示例",
    )
    await visits.sign_record(town.body, row.id, record)


def prosecutions(town: Town) -> Iterator[Story]:
    """Cases of three departments in a town told at length, each stopped at another state."""
    if not town.at_length:
        return
    for number, code in enumerate(CASE_BODIES[1:2] if town.small else CASE_BODIES):
        for index, stop in enumerate((9, 7, 6, 5, 3, 1)):
            shop = town.shops[(number * 7 + index * 2) % len(town.shops)]
            yield _case(
                town, shop, town.bodies[code], 95 - 12 * index + number, stop, number, index
            )


def _principal(serial: str) -> Person:
    """A made-up person, with a number of an area that does not exist."""
    stem = f"99011219750401{int(serial):03}"
    number = stem + ric.calc_check_digit(f"{stem}0")
    return Person(
        "吴示例", PersonRole.PRINCIPAL, IdentityKind.RESIDENT_ID, number, "示例路18号3单元2号"
    )


async def _case(
    town: Town, shop: Shop, body: UUID, ago: int, stop: int, number: int, index: int
) -> Story:
    ago = (town.today - town.working(ago)).days
    serial, begun = f"{number + 1}{index + 1}", town.day(ago)
    yield town.on(ago, "inspector", 540)
    # Beside the enterprises one principal, whom the law fines for itself (art. 94).
    person = _principal(serial) if index == 3 else None
    filed = await filing.file(
        body,
        filing.Filing(
            number=f"演立〔{begun.year}〕{serial}号",
            item=f"{ITEMS[0]}.{serial}",
            act=ACT,
            basis="《中华人民共和国消防法》第二十八条",
            began_on=begun,
            found_on=begun,
            premises_id=shop.place,
            party_kind=PartyKind.PERSON if person else PartyKind.BODY,
            person=person,
        ),
    )
    assert filed.case is not None
    case = filed.case.id
    number_of = f"演罚决〔{begun.year}〕{serial}号"
    hand, officers = Delivery.IN_PERSON, await team(body)
    steps: list[tuple[int, str, Any]] = [
        (1, "inspector", lambda _: cases.assign(body, case, officers)),
        (5, "inspector", lambda _: cases.report(body, case, cases.Report("事实查明", FINE))),
        (7, "reviewer", lambda _: cases.review(body, case, passed=True, opinion="事实清楚，同意")),
        (9, "inspector", lambda day: cases.serve_notice(body, case, hand, day)),
        (30, "head", lambda _: decisions.decide(body, case, decisions.Decision(number_of, FINE))),
        (31, "inspector", lambda day: decisions.serve(body, case, hand, day)),
        (34, "head", lambda _: decisions.publish(body, case)),
        (38, "inspector", lambda day: execution.record_payment(body, case, 1_000_000, day, "回单")),
        (39, "inspector", lambda _: execution.execute(body, case, "罚款缴清")),
        (41, "head", lambda _: execution.close(body, case, "执行完毕，予以结案")),
    ]
    for after, who, act in steps[: stop + 1]:
        day = town.working(max(0, ago - after))
        yield town.on((town.today - day).days, who, 600 + after)
        await act(day)
