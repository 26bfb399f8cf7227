"""The procedure on the real database: who may do what, when, and what it leaves behind."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service import audit
from service.blacklist import commands, listing
from service.blacklist.queries import cases, history_of
from service.blacklist.records import BlacklistCase, BlacklistEvent
from service.blacklist.rules import (
    BodyId,
    DefenceStillOpen,
    DefenceUnanswered,
    Delivery,
    HearingOwed,
    NoConsent,
    NotDecidingBody,
    PublicationClass,
    WrongStep,
)
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.outbox import OutboxEvent
from service.workdays.commands import publish_year
from service.workdays.records import WorkdayException, WorkdayYear
from service.workdays.rules import YearNotPublished
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import DAY, Desk, at
from tests.conftest import World

P1, P2, P3 = PublicationClass


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world)


async def test_a_town_proposes_and_the_case_is_its_own(desk: Desk) -> None:
    case = await desk.propose()
    async with tenant_transaction(desk.world.towns[0].scope(), read_only=True):
        own = await cases().all()
        emitted = await OutboxEvent.filter(event="blacklist.proposed")
        chain = await audit.verify(desk.world.towns[0].owner)
    async with tenant_transaction(desk.world.towns[1].scope(), read_only=True):
        neighbours = await cases().all()

    assert [one.id for one in own] == [case.id]
    assert [one.payload for one in emitted] == [{"case": str(case.id)}]
    assert chain.broken_at is None
    assert neighbours == []


async def test_the_same_penalty_is_proposed_once_per_class(desk: Desk) -> None:
    enterprise = await desk.enterprise()
    proposal = desk.proposal(enterprise)
    owner, scope = desk.world.towns[0].owner, desk.world.towns[0].scope()
    async with tenant_transaction(scope):
        await commands.propose(owner, proposal)

    with pytest.raises(Conflict):
        async with tenant_transaction(scope):
            await commands.propose(owner, proposal)


async def test_a_rejected_penalty_may_be_proposed_again(desk: Desk) -> None:
    proposal = desk.proposal(await desk.enterprise())
    owner, scope = desk.world.towns[0].owner, desk.world.towns[0].scope()
    async with tenant_transaction(scope):
        first = await commands.propose(owner, proposal)
    await desk.do(commands.reject, first, "证据不足")
    async with tenant_transaction(scope):
        second = await commands.propose(owner, proposal)

    assert second.state == "PROPOSED"


async def test_classifying_into_a_kind_that_is_taken_is_refused(desk: Desk) -> None:
    enterprise = await desk.enterprise()
    taken = desk.proposal(enterprise)
    owner, scope = desk.world.towns[0].owner, desk.world.towns[0].scope()
    async with tenant_transaction(scope):
        await commands.propose(owner, taken)
        other = await commands.propose(owner, replace(taken, publication=P3))

    with pytest.raises(Conflict):
        await desk.do(commands.classify, other, P2)
    assert (await desk.reload(other)).publication == P3.value


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cause": " "}, "cause"),
        ({"basis": ""}, "basis"),
        ({"penalty_number": ""}, "penaltyNumber"),
        ({"penalty_decided_on": date(2099, 1, 1)}, "penaltyDecidedOn"),
        ({"party_kind": "GHOST"}, "partyKind"),
    ],
)
async def test_an_incomplete_proposal_is_refused(
    desk: Desk, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await desk.propose(**change)

    assert caught.value.path == ("input", field)


async def test_a_neighbours_enterprise_cannot_be_proposed(desk: Desk) -> None:
    enterprise = await desk.enterprise(town=1)

    with pytest.raises(NotFound):
        async with tenant_transaction(desk.world.towns[0].scope()):
            await commands.propose(desk.world.towns[0].owner, desk.proposal(enterprise))


async def test_a_committee_proposes_into_its_office(desk: Desk) -> None:
    enterprise = await desk.enterprise()
    async with tenant_transaction(desk.world.committee().scope):
        case = await commands.propose(desk.world.office, desk.proposal(enterprise))

    assert (case.tenant_id, case.enterprise_id) == (desk.world.office.tenant_id, None)


async def test_no_other_body_classifies_decides_or_withdraws(desk: Desk) -> None:
    case = await desk.propose()
    other = BodyId(desk.world.departments["fire"])
    town = BodyId(desk.world.towns[0].body_id)

    for acting in (other, town, None):
        with pytest.raises(NotDecidingBody):
            async with tenant_transaction(desk.scope):
                await commands.classify(case.id, acting, P2)
        with pytest.raises(NotDecidingBody):
            async with tenant_transaction(desk.scope):
                await listing.withdraw(case.id, acting, "…")
    assert (await desk.reload(case)).state == "PROPOSED"


async def test_a_town_that_penalised_decides_itself(desk: Desk) -> None:
    town = desk.world.towns[0]
    case = await desk.propose(penalty_body_id=town.body_id, publication=P1)

    async with tenant_transaction(town.scope()):
        await commands.classify(case.id, BodyId(town.body_id), P1)
        decided = await commands.decide(case.id, BodyId(town.body_id), decision_number="1")

    assert decided.state == "DECIDED"


async def test_the_committee_may_not_touch_a_towns_case(desk: Desk) -> None:
    case = await desk.propose()

    with pytest.raises(NotFound):
        async with tenant_transaction(desk.world.committee().scope):
            await commands.classify(case.id, desk.body, P2)


async def test_penalty_publicity_needs_no_second_notice_and_the_list_does(desk: Desk) -> None:
    publicity, serious = await desk.propose(publication=P1), await desk.propose(town=1)
    await desk.do(commands.classify, publicity, P1)
    await desk.do(commands.classify, serious, P2)

    with pytest.raises(WrongStep):
        await desk.do(commands.serve_notice, publicity, Delivery.IN_PERSON, DAY)
    with pytest.raises(WrongStep):
        await desk.do(commands.decide, serious, decision_number="1")
    assert (await desk.do(commands.decide, publicity, decision_number="1")).state == "DECIDED"


async def noticed(desk: Desk, **options: Any) -> BlacklistCase:
    case = await desk.propose(**options)
    await desk.do(commands.classify, case, P2)
    return await desk.do(commands.serve_notice, case, Delivery.IN_PERSON, DAY)


async def test_the_defence_has_its_five_working_days(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, DAY)
    case = await noticed(desk)
    assert case.defence_until == date(2026, 3, 9)

    at(monkeypatch, date(2026, 3, 9))
    with pytest.raises(DefenceStillOpen):
        await desk.do(commands.decide, case, decision_number="1")
    at(monkeypatch, date(2026, 3, 10))
    decided = await desk.do(commands.decide, case, decision_number="1")

    assert (decided.state, decided.decided_on) == ("DECIDED", date(2026, 3, 10))


async def test_a_defence_that_runs_into_an_unpublished_year_waits_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, date(2026, 12, 30))
    case = await desk.propose()
    await desk.do(commands.classify, case, P2)
    served = await desk.do(commands.serve_notice, case, Delivery.IN_PERSON, date(2026, 12, 30))

    assert (served.state, served.defence_until) == ("NOTICE_SERVED", None)
    at(monkeypatch, date(2027, 3, 1))
    with pytest.raises(YearNotPublished, match="2027"):
        await desk.do(commands.decide, case, decision_number="1")
    async with tenant_transaction(Scope.of_platform("test")):
        schedule = {date(2027, 1, 1): (False, "元旦")}
        await publish_year(2027, schedule, "a schedule for this test")
    try:
        decided = await desk.do(commands.decide, case, decision_number="1")
    finally:
        async with tenant_transaction(Scope.of_platform("test")):
            await WorkdayYear.filter(year=2027).delete()
            await WorkdayException.filter(day__gte=date(2027, 1, 1)).delete()
    assert decided.state == "DECIDED"


async def test_a_waiver_needs_no_calendar(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, date(2026, 12, 30))
    case = await desk.propose()
    await desk.do(commands.classify, case, P2)
    await desk.do(commands.serve_notice, case, Delivery.IN_PERSON, date(2026, 12, 30))
    await desk.do(commands.record_defence, case, summary="", hearing_asked=False, waived=True)

    assert (await desk.do(commands.decide, case, decision_number="1")).state == "DECIDED"


async def test_a_defence_is_answered_and_an_asked_hearing_is_held(desk: Desk) -> None:
    case = await noticed(desk)
    defend = {"summary": "已完成整改", "hearing_asked": True, "waived": False}
    await desk.do(commands.record_defence, case, **defend)

    with pytest.raises(HearingOwed):
        await desk.do(commands.decide, case, decision_number="1", defence_answer="不予采纳")
    await desk.do(commands.hear, case, DAY + timedelta(days=10), "听证笔录")
    with pytest.raises(DefenceUnanswered):
        await desk.do(commands.decide, case, decision_number="1")
    decided = await desk.do(commands.decide, case, decision_number="1", defence_answer="不予采纳")

    assert decided.state == "DECIDED"
    async with tenant_transaction(desk.scope, read_only=True):
        history = (await history_of([case.id]))[case.id]
    assert [one.step for one in history] == [
        "CLASSIFY", "SERVE_NOTICE", "RECORD_DEFENCE", "HEAR", "DECIDE",
    ]  # fmt: skip
    assert history[2].detail["summary"] == "已完成整改"


async def test_a_later_defence_undoes_an_earlier_waiver(desk: Desk) -> None:
    case = await noticed(desk)
    await desk.do(commands.record_defence, case, summary="", hearing_asked=False, waived=True)
    await desk.do(commands.record_defence, case, summary="异议", hearing_asked=False, waived=False)

    with pytest.raises(DefenceUnanswered):
        await desk.do(commands.decide, case, decision_number="1")


@pytest.mark.parametrize("consent", [False, True])
async def test_electronic_delivery_needs_consent(desk: Desk, consent: bool) -> None:
    case = await desk.propose(delivery_consent=consent)
    await desk.do(commands.classify, case, P2)

    if consent:
        served = await desk.do(commands.serve_notice, case, Delivery.ELECTRONIC, DAY)
        assert served.state == "NOTICE_SERVED"
    else:
        with pytest.raises(NoConsent):
            await desk.do(commands.serve_notice, case, Delivery.ELECTRONIC, DAY)


async def test_history_cannot_be_rewritten(desk: Desk) -> None:
    await desk.decided()

    with pytest.raises(Exception, match="permission denied"):
        async with tenant_transaction(desk.scope):
            await BlacklistEvent.all().update(step="DROP")


@pytest.mark.parametrize("body", ["commerce", "emergency"])
async def test_nobody_drops_what_another_body_proposed(desk: Desk, body: str) -> None:
    case = await desk.propose()
    acting = BodyId(desk.world.departments[body])

    with pytest.raises(Forbidden, match="only who proposed"):
        async with tenant_transaction(desk.scope):
            await commands.drop(desk.world.office, case.id, "与本部门无关", acting)

    async with tenant_transaction(desk.scope):
        assert (await BlacklistCase.get(id=case.id)).state == "PROPOSED"


async def test_a_body_drops_its_own_proposal_but_the_town_does_not(desk: Desk) -> None:
    enterprise, body = await desk.enterprise(), BodyId(desk.world.departments["commerce"])
    async with tenant_transaction(desk.scope):
        case = await commands.propose(desk.world.office, desk.proposal(enterprise), body)

    town = desk.world.towns[0]
    with pytest.raises(Forbidden, match="only who proposed"):
        async with tenant_transaction(town.scope()):
            await commands.drop(town.owner, case.id, "不愿公示", BodyId(town.body_id))
    async with tenant_transaction(desk.scope):
        dropped = await commands.drop(desk.world.office, case.id, "处罚尚未生效", body)
    assert dropped.state == "DROPPED"


async def test_a_town_drops_its_proposal_until_it_is_taken_up(desk: Desk) -> None:
    first, second = await desk.propose(), await desk.propose()
    await desk.do(commands.classify, second, P2)
    town = desk.world.towns[0]
    scope = town.scope()
    async with tenant_transaction(scope):
        dropped = await commands.drop(town.owner, first.id, "处罚尚未生效")

    assert dropped.state == "DROPPED"
    with pytest.raises(WrongStep):
        async with tenant_transaction(scope):
            await commands.drop(town.owner, second.id, "…")
    rejected = await desk.do(commands.reject, second, "情节轻微")
    assert (rejected.state, rejected.reason) == ("REJECTED", "情节轻微")
