"""Orders in the database: decided, listed, following their hazards, overdue and escalated."""

from datetime import date

import pytest

from service.administration.commands import change_settings
from service.errors import Conflict, Invalid, NotFound
from service.hazards import commands as hazards
from service.hazards.records import Hazard
from service.hazards.rules import WrongStep as HazardWrongStep
from service.ids import new_id
from service.supervision import commands, overdue, queries
from service.supervision.records import SupervisionEvent, SupervisionOrder
from service.supervision.rules import (
    Level,
    NoHigherLevel,
    NotTheDecider,
    SamePerson,
    TooLate,
    WrongStep,
)
from tenants.wall import tenant_transaction
from tests.supervision.conftest import DEADLINE, TODAY, Desk, plate


async def hazard_of(desk: Desk, order: SupervisionOrder) -> Hazard:
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        return await Hazard.get(id=order.hazard_id)


async def put_right(desk: Desk, order: SupervisionOrder) -> None:
    await desk.do(hazards.submit, order.hazard_id, "已清理", actor="account:party")
    await desk.work()
    await desk.do(hazards.verify, order.hazard_id, "合格")
    await desk.work()


async def test_an_order_from_the_proposal_to_the_delisting(desk: Desk) -> None:
    order = await desk.listed()
    supervised = await hazard_of(desk, order)
    await desk.do(hazards.plan, order.hazard_id, hazards.Plan(measures="改造"), actor="account:p")
    await desk.work()
    rectifying = await desk.reload(order)
    await put_right(desk, order)
    done = await desk.do(commands.delist, order.id, desk.town, "现场核查合格")

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        steps = await SupervisionEvent.filter(order_id=order.id).order_by("id")
        counted = await queries.counts(TODAY, DEADLINE, TODAY)
    assert (supervised.state, supervised.supervision_reference, supervised.supervised_on) == (
        "SUPERVISED", "示督〔2026〕1号", TODAY,
    )  # fmt: skip
    assert rectifying.state == "RECTIFYING"
    assert (done.state, done.delisted_on) == ("DELISTED", TODAY)
    assert [one.step for one in steps] == [
        "APPROVE", "LIST", "RECTIFY", "SELF_ACCEPT", "VERIFY", "DELIST",
    ]  # fmt: skip
    assert counted[done.tenant_id, Level.KE].on_time_delist.value == 1.0


async def test_a_rejected_hazard_takes_its_order_back(desk: Desk) -> None:
    order = await desk.listed()
    await desk.do(hazards.submit, order.hazard_id, "已清理", actor="account:party")
    await desk.work()
    accepted = (await desk.reload(order)).state
    await desk.do(hazards.reject, order.hazard_id, "未清理")
    await desk.work()

    assert accepted == "SELF_ACCEPTED"
    assert (await desk.reload(order)).state == "RECTIFYING"
    assert (await hazard_of(desk, order)).state == "SUPERVISED"


async def test_an_order_catches_up_with_a_hazard_that_went_ahead(desk: Desk) -> None:
    order = await desk.listed()
    await desk.do(hazards.submit, order.hazard_id, "已清理", actor="account:party")
    await desk.do(hazards.verify, order.hazard_id, "合格")
    await desk.do(hazards.close, order.hazard_id)
    await desk.work()

    assert (await desk.reload(order)).state == "VERIFIED"


async def test_one_order_about_a_hazard_is_open_at_a_time(desk: Desk) -> None:
    order = await desk.proposed()

    with pytest.raises(Conflict):
        await desk.do(commands.propose, order.hazard_id, Level.CHU, "再提")
    await desk.do(commands.decline, order.id, desk.town, "已安排整改")
    again = await desk.do(commands.propose, order.hazard_id, Level.CHU, "再提")

    assert again.id != order.id


async def test_a_hazard_that_was_not_assigned_or_was_put_right_is_not_supervised(
    desk: Desk,
) -> None:
    hazard = await desk.hazard()
    await desk.do(hazards.submit, hazard.id, "已清理", actor="account:party")

    with pytest.raises(HazardWrongStep):
        await desk.do(commands.propose, hazard.id, Level.KE, "久拖不改")
    with pytest.raises(NotFound):
        await desk.do(commands.propose, new_id(), Level.KE, "久拖不改")


async def test_who_decides_and_who_does_not(desk: Desk) -> None:
    low, high = await desk.proposed(), await desk.proposed(Level.CHU)

    with pytest.raises(SamePerson):
        await desk.do(commands.approve, low.id, desk.town)
    with pytest.raises(NotTheDecider):
        await desk.do(commands.approve, high.id, desk.town, actor="account:head")
    with pytest.raises(NotTheDecider):
        await desk.district(commands.approve, low.id, desk.department)
    gas = commands.Decider(desk.world.office, None, town=False, line="gas")
    with pytest.raises(NotFound):
        await desk.district(commands.approve, high.id, gas)
    approved = await desk.district(commands.approve, high.id, desk.department)
    async with tenant_transaction(desk.world.towns[0].scope()):
        await change_settings(desk.world.towns[0].owner, {"supervision.town_lists": False})
    taken = await desk.district(commands.approve, low.id, desk.department)

    assert (approved.state, taken.state) == ("APPROVED", "APPROVED")
    assert approved.body_id == desk.world.departments["fire"]


async def test_the_terms_are_those_of_the_day_of_approval(desk: Desk) -> None:
    owner = desk.world.towns[0].owner
    order = await desk.proposed()
    async with tenant_transaction(desk.world.towns[0].scope()):
        await change_settings(owner, {"supervision.extension_request_workdays": 3})
    await desk.do(commands.approve, order.id, desk.town, actor="account:head")
    async with tenant_transaction(desk.world.towns[0].scope()):
        await change_settings(owner, {"supervision.extension_request_workdays": 30})

    kept = await desk.reload(order)
    assert (kept.publish_workdays, kept.ask_workdays, kept.answer_workdays, kept.term_months) == (
        5, 3, 10, 12,
    )  # fmt: skip


async def test_a_refused_listing_leaves_order_and_hazard_as_they_were(desk: Desk) -> None:
    await desk.listed()
    order = await desk.proposed()
    await desk.do(commands.approve, order.id, desk.town, actor="account:head")

    for wrong, refusal in (
        (plate(), Conflict),
        (plate("2号", date(2026, 5, 1)), Invalid),
        (plate("2号", date(2027, 3, 3)), Invalid),
        (plate(" "), Invalid),
    ):
        with pytest.raises(refusal):
            await desk.do(commands.list_order, order.id, desk.town, wrong)

    assert (await desk.reload(order)).state == "APPROVED"
    assert (await hazard_of(desk, order)).state == "RECTIFYING"


async def test_a_longer_term_is_asked_for_in_time_and_granted(desk: Desk) -> None:
    order = await desk.listed()
    until = date(2026, 7, 31)

    desk.at(date(2026, 6, 2))
    with pytest.raises(TooLate):
        await desk.do(commands.ask_extension, order.id, until, "备件未到")
    desk.at(date(2026, 5, 29))
    with pytest.raises(NotFound):
        await desk.do(commands.ask_extension, order.id, until, "备件未到", new_id())
    await desk.do(commands.ask_extension, order.id, until, "备件未到", desk.shop.enterprise_id)
    granted = await desk.do(
        commands.answer_extension, order.id, desk.town, granted=True, why="情况属实"
    )
    with pytest.raises(WrongStep):
        await desk.do(commands.answer_extension, order.id, desk.town, granted=True, why="再批一次")

    assert (granted.state, granted.deadline, granted.extensions) == ("RECTIFYING", until, 1)
    assert granted.extension_until is None


async def test_an_overdue_order_is_escalated_to_the_next_level(desk: Desk) -> None:
    order = await desk.listed()
    district = desk.world.district_id
    on_the_day = await overdue.mark_overdue(district, DEADLINE)
    desk.at(date(2026, 7, 3))
    marked = await overdue.mark_overdue(district, date(2026, 7, 3))
    again = await overdue.mark_overdue(district, date(2026, 7, 3))
    risen = await desk.do(commands.escalate, order.id, "逾期未改")
    await desk.district(commands.approve, risen.id, desk.department)
    await desk.district(
        commands.list_order, risen.id, desk.department, plate("示处督1号", date(2026, 9, 30))
    )

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        counted = await queries.counts(TODAY, date(2026, 12, 31), date(2026, 7, 3))
    hazard = await hazard_of(desk, order)
    assert (on_the_day, marked, again) == ([], [order.id], [])
    assert (await desk.reload(order)).state == "ESCALATED"
    assert (risen.level, risen.escalated_from) == ("CHU", order.id)
    assert (hazard.state, hazard.supervision_reference) == ("SUPERVISED", "示处督1号")
    low, high = (counted[order.tenant_id, level] for level in (Level.KE, Level.CHU))
    assert (low.due, low.on_time, low.overdue_days) == (1, 0, 3)
    assert (high.due, high.on_time, high.overdue_days) == (1, 0, 0)


async def test_an_order_that_stays_overdue_rises_by_itself_once_and_is_decided_by_people(
    desk: Desk,
) -> None:
    order, district = await desk.listed(), desk.world.district_id
    fell = date(2026, 7, 1)
    desk.at(fell)
    assert await overdue.mark_overdue(district, fell) == [order.id]
    # Ten working days after 1 July: Thursday and Friday, then two weeks without the weekends.
    last = date(2026, 7, 15)
    assert await overdue.escalate_overdue(district, last) == []
    desk.at(date(2026, 7, 16))

    assert await overdue.escalate_overdue(district, date(2026, 7, 16)) == [order.id]
    assert await overdue.escalate_overdue(district, date(2026, 7, 16)) == []

    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        risen = await SupervisionOrder.get(escalated_from=order.id)
    assert (await desk.reload(order)).state == "ESCALATED"
    assert (risen.state, risen.level) == ("PROPOSED", "CHU")
    assert order.plate_number is not None
    assert order.plate_number in risen.reason
    await desk.district(commands.approve, risen.id, desk.department)


async def test_a_town_may_keep_escalation_in_its_own_hands(desk: Desk) -> None:
    order, district, town = await desk.listed(), desk.world.district_id, desk.world.towns[0]
    async with tenant_transaction(town.scope()):
        await change_settings(town.owner, {"supervision.escalate_workdays": 0})
    desk.at(date(2026, 7, 1))
    await overdue.mark_overdue(district, date(2026, 7, 1))

    assert await overdue.escalate_overdue(district, date(2026, 12, 30)) == []
    assert (await desk.reload(order)).state == "OVERDUE"


async def test_above_the_highest_level_there_is_none(desk: Desk) -> None:
    order = await desk.proposed(Level.TING)
    await desk.district(commands.approve, order.id, desk.department)
    with pytest.raises(Invalid):
        await desk.district(commands.list_order, order.id, desk.department, plate())
    await desk.district(
        commands.list_order, order.id, desk.department, plate(basis="示厅督〔2026〕3号")
    )
    await overdue.mark_overdue(desk.world.district_id, date(2026, 7, 3))

    with pytest.raises(NoHigherLevel):
        await desk.do(commands.escalate, order.id, "逾期未改")
    assert (await desk.reload(order)).state == "OVERDUE"
