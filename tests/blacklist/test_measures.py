"""Joint measures: ordered, executed, lifted, and never forgotten in between."""

from datetime import date

import pytest

from service.blacklist import commands, listing, measures, overdue
from service.blacklist.records import BlacklistCase, BlacklistMeasure
from service.blacklist.rules import (
    BodyId,
    CreditClass,
    MeasureState,
    NotExecutingBody,
    PublicationClass,
    WrongStep,
)
from service.errors import Invalid
from service.outbox import OutboxEvent
from service.publication.records import PublicationEvent
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import Desk, at
from tests.conftest import Work, World

ORDER = {"ordered_by": "示例区人民法院", "document": "（2026）示行停1号"}


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world)


async def of(desk: Desk, case: BlacklistCase) -> list[BlacklistMeasure]:
    async with tenant_transaction(desk.scope, read_only=True):
        return await BlacklistMeasure.filter(case_id=case.id).order_by("round", "number")


async def told(desk: Desk, event: str) -> int:
    async with tenant_transaction(desk.scope, read_only=True):
        return await OutboxEvent.filter(district_id=desk.world.district_id, event=event).count()


async def report(desk: Desk, act: object, *args: object, body: BodyId | None = None) -> object:
    async with tenant_transaction(desk.scope):
        return await act(args[0], body or desk.body, *args[1:])  # type: ignore[operator]


async def test_a_lifting_stays_open_and_falls_overdue_until_the_body_confirms(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, date(2026, 6, 1))
    case = await desk.served()
    await work()
    (measure,) = await of(desk, case)
    await report(desk, measures.record_execution, measure.id, date(2026, 6, 1), "列入重点检查对象")
    await desk.do(listing.withdraw, case, "处罚决定被撤销")
    (measure,) = await of(desk, case)
    # Three working days after Monday 1 June 2026.
    assert (measures.state_of(measure), measure.lift_due_on) == (
        MeasureState.LIFTING,
        date(2026, 6, 4),
    )

    assert (await overdue.mark_overdue(desk.world.district_id, date(2026, 6, 4)))[
        "blacklist.lifting_overdue"
    ] == []
    for expected in ([measure.id], []):
        marked = await overdue.mark_overdue(desk.world.district_id, date(2026, 6, 5))
        assert marked["blacklist.lifting_overdue"] == expected
    assert await told(desk, "blacklist.lifting_overdue") == 1

    at(monkeypatch, date(2026, 6, 8))
    await report(desk, measures.confirm_lifting, measure.id, date(2026, 6, 8), "已移出重点检查对象")
    (measure,) = await of(desk, case)
    assert (measures.state_of(measure), measure.lifted_on) == (
        MeasureState.LIFTED,
        date(2026, 6, 8),
    )
    assert await told(desk, "blacklist.measure_lifted") == 1


async def test_a_suspension_lifts_the_measures_and_its_end_orders_them_anew(
    desk: Desk, work: Work
) -> None:
    case = await desk.served()
    await work()
    suspended = await desk.do(listing.suspend, case, "诉讼期间停止执行", **ORDER)
    assert (suspended.suspended_by, suspended.suspension_document) == tuple(ORDER.values())
    await desk.do(listing.resume, case)

    found = await of(desk, case)
    assert [(one.round, one.lift_step, measures.state_of(one)) for one in found] == [
        (0, "SUSPEND", MeasureState.LIFTING),
        (1, "", MeasureState.ORDERED),
    ]
    async with tenant_transaction(desk.scope, read_only=True):
        shown = [row.record["shown"].get("measures") for row in await PublicationEvent.all()]
    assert shown == ["提高检查频次", None, "提高检查频次"]


@pytest.mark.parametrize("missing", ["ordered_by", "document"])
async def test_a_suspension_names_the_order_it_follows(
    desk: Desk, work: Work, missing: str
) -> None:
    case = await desk.served()
    await work()

    with pytest.raises(Invalid):
        await desk.do(listing.suspend, case, "诉讼期间停止执行", **{**ORDER, missing: " "})
    assert (await desk.reload(case)).state == "PUBLISHED"
    assert [measures.state_of(one) for one in await of(desk, case)] == [MeasureState.ORDERED]


async def test_only_the_executing_body_reports_and_only_what_fits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = date(2026, 6, 1)
    at(monkeypatch, today)
    case = await desk.decided()
    (measure,) = await of(desk, case)
    other = BodyId(desk.world.towns[0].body_id)

    with pytest.raises(NotExecutingBody):
        await report(desk, measures.record_execution, measure.id, today, "已执行", body=other)
    with pytest.raises(WrongStep):
        await report(desk, measures.confirm_lifting, measure.id, today, "已解除")
    with pytest.raises(Invalid):
        await report(desk, measures.record_execution, measure.id, date(2020, 1, 1), "已执行")
    (same,) = await of(desk, case)
    assert (same.executed_on, same.lifted_on) == (None, None)


async def test_a_body_that_cannot_see_the_case_is_given_no_measure(desk: Desk) -> None:
    case = await desk.propose(publication=PublicationClass.PENALTY_PUBLICITY)
    await desk.do(commands.classify, case, PublicationClass.PENALTY_PUBLICITY)

    with pytest.raises(Invalid, match="of this town or of the district"):
        await desk.do(
            commands.decide,
            case,
            decision_number="1",
            measures=[("提高检查频次", desk.world.towns[1].body_id)],
        )
    assert (await desk.reload(case)).state == "CLASSIFIED"
    assert await of(desk, case) == []


@pytest.mark.parametrize(
    ("day", "severity", "until"),
    [
        (date(2026, 3, 31), CreditClass.SERIOUS, date(2029, 3, 31)),
        (date(2026, 4, 1), CreditClass.MINOR, date(2026, 7, 1)),
        (date(2026, 4, 1), CreditClass.GENERAL, date(2027, 4, 1)),
        (date(2026, 4, 1), CreditClass.SERIOUS, date(2029, 4, 1)),
    ],
)
async def test_the_class_of_the_act_fixes_the_term_by_the_law_of_the_day(
    desk: Desk,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    day: date,
    severity: CreditClass,
    until: date,
) -> None:
    at(monkeypatch, day)
    case = await desk.propose(publication=PublicationClass.PENALTY_PUBLICITY)
    await desk.do(commands.classify, case, PublicationClass.PENALTY_PUBLICITY, severity)
    await desk.do(commands.decide, case, decision_number="1")
    await desk.do(commands.serve_decision, case, commands.Delivery.IN_PERSON, date(2026, 3, 2))
    await work()

    assert (await desk.reload(case)).published_until == until


async def test_a_penalty_that_is_not_public_after_seven_working_days_warns_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, date(2026, 6, 1))
    case = await desk.propose(
        publication=PublicationClass.PENALTY_PUBLICITY, penalty_decided_on=date(2026, 6, 1)
    )
    await desk.do(commands.classify, case, PublicationClass.PENALTY_PUBLICITY)

    # Seven working days after Monday 1 June 2026 end on Wednesday 10 June.
    for day, expected in ((10, []), (11, [case.id]), (12, [])):
        marked = await overdue.mark_overdue(desk.world.district_id, date(2026, 6, day))
        assert marked["blacklist.publication_overdue"] == expected
    assert (await desk.reload(case)).publish_overdue_since == date(2026, 6, 11)
    assert await told(desk, "blacklist.publication_overdue") == 1
