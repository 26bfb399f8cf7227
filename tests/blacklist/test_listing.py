"""A listing from its first day to its last, on the real database."""

from datetime import date, timedelta
from typing import Any

import pytest

from service import clock
from service.blacklist import listing
from service.blacklist.listing import RepairTooEarly
from service.blacklist.records import BlacklistCase, BlacklistMeasure
from service.blacklist.rules import (
    PublicationClass,
    State,
    WrongStep,
)
from service.errors import Invalid
from service.publication.records import PublicationEvent
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import DAY, Desk, at
from tests.conftest import Work, World

P1, P2, P3 = PublicationClass


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world)


async def events(desk: Desk) -> list[str]:
    async with tenant_transaction(desk.scope, read_only=True):
        rows = await PublicationEvent.filter(district_id=desk.world.district_id).order_by("seq")
    return [row.kind for row in rows]


async def measures(desk: Desk, case: BlacklistCase) -> list[BlacklistMeasure]:
    async with tenant_transaction(desk.scope, read_only=True):
        return await BlacklistMeasure.filter(case_id=case.id).order_by("round", "number")


async def test_nothing_is_public_before_the_decision_is_served(desk: Desk, work: Work) -> None:
    await desk.decided()
    await work()

    assert await events(desk) == []


async def test_an_annulled_decision_that_was_never_public_leaves_no_trace_outside(
    desk: Desk, work: Work
) -> None:
    case = await desk.decided()
    withdrawn = await desk.do(listing.withdraw, case, "处罚决定被撤销")
    await work()

    assert withdrawn.state == "WITHDRAWN"
    assert await events(desk) == []


@pytest.mark.parametrize(
    ("publication", "until"),
    [(P1, date(2027, 3, 2)), (P2, date(2029, 3, 2)), (P3, date(2026, 9, 2))],
)
async def test_each_class_has_its_own_term_and_ends_by_itself(
    desk: Desk,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    publication: PublicationClass,
    until: date,
) -> None:
    # Penalty publicity of one year is the law from 1 April 2026 on, so it begins later here.
    start = date(2026, 4, 2) if publication is P1 else DAY
    end = date(2027, 4, 2) if publication is P1 else until
    at(monkeypatch, start)
    case = await desk.served(publication=publication)
    await work()
    assert (await desk.reload(case)).published_until == end

    assert await listing.expire_due(desk.world.district_id, end) == []
    assert await listing.expire_due(desk.world.district_id, end + timedelta(days=1)) == [case.id]
    assert await listing.expire_due(desk.world.district_id, end + timedelta(days=1)) == []
    ended = await desk.reload(case)
    assert (ended.state, await events(desk)) == ("EXPIRED", ["PUBLISH", "EXPIRE"])
    (measure,) = await measures(desk, ended)
    over = clock.legal_day(clock.now())
    assert (measure.lift_step, measure.lift_ordered_on, measure.lifted_on) == ("EXPIRE", over, None)


async def test_repair_ends_publication_and_measures_and_a_false_one_is_undone(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, DAY)
    case = await desk.served()
    await work()
    town = desk.world.towns[0].scope()

    at(monkeypatch, date(2027, 3, 1))
    with pytest.raises(RepairTooEarly, match="2027-03-02"):
        async with tenant_transaction(town):
            await listing.request_repair(case.id)
    at(monkeypatch, date(2027, 3, 2))
    async with tenant_transaction(town):
        await listing.request_repair(case.id)
    await desk.do(listing.accept_repair, case)
    repaired = await desk.do(listing.repair, case)
    (measure,) = await measures(desk, repaired)
    assert (repaired.state, measure.lift_ordered_on) == ("REPAIRED", date(2027, 3, 2))
    # The holidays of 2027 are not published yet, so nobody guesses the last day.
    assert (measure.lift_due_on, measure.lifted_on) == (None, None)

    again = await desk.do(listing.reinstate, case, "申请材料虚假")
    assert (again.state, again.ended_on) == ("PUBLISHED", None)
    assert await events(desk) == ["PUBLISH", "REPAIR", "RESUME"]
    assert [(one.round, one.lift_step) for one in await measures(desk, again)] == [
        (0, "REPAIR"),
        (1, ""),
    ]


@pytest.mark.parametrize("gone", ["suspended", "repaired", "still there"])
async def test_what_is_past_its_last_day_is_never_shown_again(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    at(monkeypatch, DAY)
    case = await desk.served()
    await work()
    until = (await desk.reload(case)).published_until
    assert until is not None
    at(monkeypatch, date(2027, 3, 2))
    if gone == "suspended":
        await desk.do(listing.suspend, case, "裁定", ordered_by="示例法院", document="裁1号")
    elif gone == "repaired":
        async with tenant_transaction(desk.world.towns[0].scope()):
            await listing.request_repair(case.id)
        await desk.do(listing.accept_repair, case)
        await desk.do(listing.repair, case)
    before, told = await desk.reload(case), await events(desk)
    # The task that ends it has not run yet.
    at(monkeypatch, until + timedelta(days=1))

    acts: dict[str, Any] = {
        "suspended": lambda: desk.do(listing.resume, case),
        "repaired": lambda: desk.do(listing.reinstate, case, "申请材料虚假"),
        "still there": lambda: desk.do(
            listing.correct, case, reason="笔误", cause="新", basis=None
        ),
    }
    with pytest.raises(WrongStep, match=str(until)):
        await acts[gone]()
    assert (await desk.reload(case)).state == before.state
    assert await events(desk) == told


async def test_a_refused_repair_leaves_the_entry(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, DAY)
    case = await desk.served()
    await work()
    at(monkeypatch, date(2027, 6, 1))
    async with tenant_transaction(desk.world.towns[0].scope()):
        await listing.request_repair(case.id)

    refused = await desk.do(listing.refuse_repair, case, "仍有未履行的处罚")

    assert (refused.state, await events(desk)) == ("PUBLISHED", ["PUBLISH"])


async def test_correction_suspension_and_resumption_are_public_events(
    desk: Desk, work: Work
) -> None:
    case = await desk.served()
    await work()
    fix = {"reason": "事由有误", "cause": "未按规定开展应急演练", "basis": None}
    await desk.do(listing.correct, case, **fix)
    await desk.do(
        listing.suspend,
        case,
        "行政复议停止执行",
        ordered_by="示例区人民法院",
        document="（2026）示行停1号",
    )
    resumed = await desk.do(listing.resume, case)

    assert await events(desk) == ["PUBLISH", "CORRECT", "SUSPEND", "RESUME"]
    assert (resumed.state, resumed.cause) == ("PUBLISHED", "未按规定开展应急演练")


@pytest.mark.parametrize("reason", ["", "  "])
async def test_an_end_without_a_reason_is_refused(desk: Desk, reason: str) -> None:
    case = await desk.decided()

    with pytest.raises(Invalid):
        await desk.do(listing.withdraw, case, reason)
    with pytest.raises(Invalid):
        await desk.do(listing.correct, case, reason="x", cause=" ", basis=None)
    assert State((await desk.reload(case)).state) is State.DECIDED
