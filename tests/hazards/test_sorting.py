"""Later deadlines, false reports, duplicates, other lines, and the nightly ranking."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from strawberry.relay import to_base64

from service import clock
from service.administration.commands import change_settings
from service.errors import Conflict, Invalid, NotFound
from service.evidence.records import Evidence
from service.hazards import commands, extensions, queries, ranking, sorting
from service.hazards.records import Hazard, HazardExtension
from service.hazards.rules import (
    Category,
    EvidencePurpose,
    Grade,
    NothingAsked,
    SamePerson,
    State,
    TooLate,
    TooOften,
    WrongStep,
)
from service.ids import new_id
from tenants.records import owned
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute
from tests.hazards.conftest import TODAY, Desk, member, open_shop
from tests.hazards.test_api import document

LATER = TODAY + timedelta(10)


async def test_a_later_deadline_is_asked_for_and_granted_by_another(desk: Desk) -> None:
    hazard = await desk.at(State.RECTIFYING)
    party = desk.shop.enterprise_id
    await desk.do(extensions.ask, hazard.id, LATER, "配件未到", party, actor="account:p")

    with pytest.raises(Conflict):
        await desk.do(extensions.ask, hazard.id, LATER, "再请", party, actor="account:p")
    with pytest.raises(SamePerson):
        await desk.do(extensions.answer, hazard.id, granted=True, why="可", actor="account:p")
    granted = await desk.do(extensions.answer, hazard.id, granted=True, why="情况属实")
    with pytest.raises(NothingAsked):
        await desk.do(extensions.answer, hazard.id, granted=True, why="再批")

    assert (granted.state, granted.due_on, granted.extensions) == ("RECTIFYING", LATER, 1)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        (kept,) = (await queries.extensions_of([hazard.id]))[hazard.id]
    assert (kept.due_on, kept.until, kept.granted, kept.answer) == (TODAY, LATER, True, "情况属实")


async def test_an_answer_that_comes_late_frees_who_asked_in_time(desk: Desk) -> None:
    hazard = await desk.at(State.RECTIFYING)
    await desk.do(extensions.ask, hazard.id, LATER, "配件未到", actor="account:p")
    async with tenant_transaction(desk.world.towns[0].scope()):
        await Hazard.filter(id=hazard.id).update(state="OVERDUE", overdue_since=TODAY)

    granted = await desk.do(extensions.answer, hazard.id, granted=True, why="应当早复")

    assert (granted.state, granted.overdue_since, granted.due_on) == ("RECTIFYING", None, LATER)


async def test_a_later_deadline_comes_not_too_late_nor_too_often(desk: Desk) -> None:
    hazard = await desk.at(State.ASSIGNED)
    async with tenant_transaction(desk.world.towns[0].scope()):
        await change_settings(desk.world.towns[0].owner, {"hazard.extensions_max": 1})

    with pytest.raises(Invalid):
        await desk.do(extensions.ask, hazard.id, TODAY, "配件未到")
    await desk.backdate(hazard, due_on=1)
    with pytest.raises(TooLate):
        await desk.do(extensions.ask, hazard.id, LATER, "配件未到")
    await desk.backdate(hazard, due_on=0)
    await desk.do(extensions.ask, hazard.id, LATER, "配件未到", actor="account:p")
    denied = await desk.do(extensions.answer, hazard.id, granted=False, why="无需")
    await desk.do(extensions.ask, hazard.id, LATER, "配件未到", actor="account:p")
    await desk.do(extensions.answer, hazard.id, granted=True, why="可")
    with pytest.raises(TooOften):
        await desk.do(extensions.ask, hazard.id, LATER + timedelta(9), "再请")

    assert (denied.due_on, denied.extensions) == (TODAY, 0)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert await HazardExtension.filter(hazard_id=hazard.id).count() == 2


async def test_a_false_report_is_dismissed_by_a_second_person(desk: Desk) -> None:
    hazard = await desk.at(State.GRADED)
    with pytest.raises(NothingAsked):
        await desk.do(sorting.decide_dismissal, hazard.id, dismissed=True)
    with pytest.raises(Invalid):
        await desk.do(sorting.ask_dismissal, hazard.id, " ")
    await desk.do(sorting.ask_dismissal, hazard.id, "现场并无此门")
    with pytest.raises(Conflict):
        await desk.do(sorting.ask_dismissal, hazard.id, "再说一次", actor="account:other")
    with pytest.raises(SamePerson):
        await desk.do(sorting.decide_dismissal, hazard.id, dismissed=True)
    kept = await desk.do(
        sorting.decide_dismissal, hazard.id, dismissed=False, actor="account:other"
    )
    await desk.do(sorting.ask_dismissal, hazard.id, "现场并无此门")
    gone = await desk.do(sorting.decide_dismissal, hazard.id, dismissed=True, actor="account:other")

    assert (kept.state, kept.dismissal_reason) == ("GRADED", "")
    assert (gone.state, gone.dismissal_reason) == ("DISMISSED", "现场并无此门")
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        assert await queries.counts(date(2000, 1, 1), TODAY) == {}
    with pytest.raises(WrongStep):
        await desk.do(commands.assign, hazard.id, responsible="周示例", due_on=TODAY)


async def evidence(desk: Desk) -> UUID:
    async with tenant_transaction(desk.world.towns[0].scope()):
        row = await Evidence.create(
            id=new_id(),
            **owned(desk.world.towns[0].owner),
            subject_kind="VISIT",
            subject_id=new_id(),
            filename="a.jpg",
            media_type="image/jpeg",
            byte_length=1,
            sha256="0" * 64,
            captured_at=clock.now(),
            upload_id="u",
            part_length=1,
            expires_at=clock.now(),
            created_by="account:test",
            created_at=clock.now(),
        )
    return row.id


async def test_a_duplicate_goes_into_the_original_with_its_evidence(desk: Desk) -> None:
    original, duplicate = await desk.at(State.RECTIFYING), await desk.at(State.FOUND)
    gas = await desk.report(category=Category.GAS)
    closed = await desk.at(State.CLOSED)
    piece = await evidence(desk)
    for one in (original, duplicate):
        await desk.do(commands.attach, one.id, [piece], EvidencePurpose.FOUND)
    other = await evidence(desk)
    await desk.do(commands.attach, duplicate.id, [other], EvidencePurpose.FOUND)

    for wrong, refusal in (
        (duplicate.id, Invalid),
        (gas.id, Invalid),
        (closed.id, WrongStep),
        (new_id(), NotFound),
    ):
        with pytest.raises(refusal):
            await desk.do(sorting.merge, duplicate.id, wrong)
    merged = await desk.do(sorting.merge, duplicate.id, original.id)

    assert (merged.state, merged.merged_into) == ("MERGED", original.id)
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        found = await queries.evidence_of([original.id, duplicate.id])
        counted = await queries.counts(date(2000, 1, 1), TODAY)
    assert {one.evidence_id for one in found[original.id]} == {piece, other}
    assert len(found[original.id]) == len(found[duplicate.id]) == 2
    assert counted[original.tenant_id].found == 3
    with pytest.raises(WrongStep):
        await desk.do(sorting.merge, duplicate.id, original.id)


async def test_a_hazard_goes_to_the_line_of_another_body(desk: Desk) -> None:
    hazard = await desk.report()

    for line, reason in (("fire", "已属消防"), ("nothing", "无此部门"), ("gas", " ")):
        with pytest.raises(Invalid):
            await desk.do(sorting.transfer, hazard.id, line, reason)
    moved = await desk.do(sorting.transfer, hazard.id, "gas", "涉及燃气管道")

    assert (moved.state, moved.line, moved.category) == ("FOUND", "gas", "FIRE")


async def test_an_enterprise_asks_for_time_and_decides_nothing(desk: Desk) -> None:
    hazard = await desk.at(State.ASSIGNED)
    party = desk.shop.enterprise_id

    asked = await desk.do(extensions.ask, hazard.id, LATER, "配件未到", party)
    with pytest.raises(NotFound):
        await desk.do(extensions.ask, hazard.id, LATER, "配件未到", new_id())

    assert asked.state == "ASSIGNED"


async def test_the_desk_filters_and_orders(desk: Desk, execute: Execute) -> None:
    soon = await desk.at(State.ASSIGNED, due_on=TODAY + timedelta(2))
    later = await desk.at(State.ASSIGNED, Grade.MAJOR, due_on=TODAY + timedelta(20))
    await desk.report()
    late = await desk.at(State.ASSIGNED)
    async with tenant_transaction(desk.world.towns[0].scope()):
        await Hazard.filter(id=late.id).update(state="OVERDUE", due_on=TODAY - timedelta(3))
    admin = member(desk.world, Role.TENANT_ADMIN, "account:officer")
    fresh = member(desk.world, Role.TENANT_ADMIN, "account:fresh")
    asked = """query($w: HazardWhere, $o: HazardOrder!) { hazards(where: $w, order: $o, first: 2) {
      totalCount edges { node { dueOn line extensions mergedInto } } pageInfo { endCursor } } }"""

    for who, where, expected in (
        (admin, {"overdue": True}, 1),
        (admin, {"overdue": False}, 3),
        (admin, {"dueWithinDays": 2}, 2),
        (admin, {"dueWithinDays": 20}, 3),
        (admin, {"mine": True}, 4),
        (fresh, {"mine": True}, 0),
    ):
        answer = await execute(who, asked, {"w": where, "o": "NEWEST"})
        assert answer["data"]["hazards"]["totalCount"] == expected, where
    first = await execute(admin, asked, {"w": {}, "o": "DUE_SOONEST"})
    page = first["data"]["hazards"]
    rest = await execute(
        admin,
        """query($a: String) { hazards(order: DUE_SOONEST, first: 2, after: $a) {
          edges { node { dueOn } } } }""",
        {"a": page["pageInfo"]["endCursor"]},
    )
    wrong = await execute(admin, asked, {"w": {"dueWithinDays": 400}, "o": "NEWEST"})

    assert [edge["node"]["dueOn"] for edge in page["edges"]] == [
        str(TODAY - timedelta(3)), str(soon.due_on),
    ]  # fmt: skip
    assert [edge["node"]["dueOn"] for edge in rest["data"]["hazards"]["edges"]] == [
        str(later.due_on)
    ]
    assert len(wrong["errors"]) == 1


async def test_who_sorts_through_the_schema(desk: Desk, execute: Execute) -> None:
    world = desk.world
    hazard = await desk.at(State.ASSIGNED)
    inspector = member(world, Role.INSPECTOR, "account:i")
    admin = member(world, Role.TENANT_ADMIN, "account:a")
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=desk.shop.enterprise_id)
    given = {"hazardId": to_base64("Hazard", str(hazard.id))}
    outcomes = []
    for who, name, values in (
        (party, "requestHazardExtension", {"until": str(LATER), "reason": "配件"}),
        (inspector, "answerHazardExtension", {"granted": True, "answer": "可"}),
        (admin, "answerHazardExtension", {"granted": True, "answer": "可"}),
        (party, "requestHazardDismissal", {"reason": "没有"}),
        (inspector, "requestHazardDismissal", {"reason": "没有"}),
        (party, "decideHazardDismissal", {"dismissed": True}),
        (admin, "transferHazard", {"line": "gas", "reason": "涉燃气"}),
        (party, "transferHazard", {"line": "fire", "reason": "涉燃气"}),
        (party, "mergeHazard", {"originalId": given["hazardId"]}),
        (admin, "mergeHazard", {"originalId": given["hazardId"]}),
        (admin, "decideHazardDismissal", {"dismissed": True}),
    ):
        answer = await execute(who, document(name), {"input": {**given, **values}})
        payload = answer["data"][name]
        outcomes.append(
            payload["hazard"]["state"] if payload["hazard"] else payload["errors"][0]["code"]
        )

    assert outcomes == [
        "ASSIGNED", "FORBIDDEN", "ASSIGNED", "FORBIDDEN", "ASSIGNED", "FORBIDDEN", "ASSIGNED",
        "FORBIDDEN", "FORBIDDEN", "INVALID", "DISMISSED",
    ]  # fmt: skip


async def test_the_nightly_ranking_is_kept_as_it_was_counted(desk: Desk, execute: Execute) -> None:
    for _ in range(2):
        await desk.report(category=Category.GAS)
    closed = await desk.at(State.CLOSED)
    await desk.report()
    dismissed = await desk.report(category=Category.DUST)
    await desk.do(sorting.ask_dismissal, dismissed.id, "误报")
    await desk.do(sorting.decide_dismissal, dismissed.id, dismissed=True, actor="account:b")
    beside = await open_shop(desk.world, 1, "安商邻店")
    assert beside.tenant_id != closed.tenant_id

    async def inspected(tenant: UUID, since: date, until: date) -> int:
        assert (until - since).days == 89
        return 4 if tenant == closed.tenant_id else 0

    ranked = await ranking.rank(desk.world.district_id, TODAY, inspected)
    await desk.report(category=Category.GAS)
    again = await ranking.rank(desk.world.district_id, TODAY, inspected)
    asked = """query($on: Date) { hazardRankings(on: $on) { town { name } day windowDays ranks {
      place category found inspectedPremises frequency recurrence { numerator denominator } } } }"""
    found = await execute(desk.world.committee(), asked)
    before = await execute(desk.world.committee(), asked, {"on": str(TODAY - timedelta(1))})
    party = member(desk.world, Role.ENTERPRISE, "p", enterprise_id=desk.shop.enterprise_id)

    assert (ranked, again) == (1, 0)
    (town,) = found["data"]["hazardRankings"]
    assert (town["town"]["name"], town["windowDays"]) == ("测试镇0", 90)
    assert town["ranks"] == [
        {
            "place": place,
            "category": category,
            "found": 2,
            "inspectedPremises": 4,
            "frequency": 0.5,
            "recurrence": {"numerator": again, "denominator": of},
        }
        for place, category, again, of in ((1, "FIRE", 1, 1), (2, "GAS", 0, 0))
    ]
    assert before["data"]["hazardRankings"] == []
    assert len((await execute(party, asked))["errors"]) == 1
