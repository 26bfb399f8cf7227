"""One act, one case, one fine, whoever files (行政处罚法 arts. 25, 29): the golden examples.

Enterprise, act and bodies are invented; the answers are those of the articles.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from service.cases import commands, decisions, execution, filing, transfers
from service.cases.records import ActClaim, CaseTransfer, PenaltyCase
from service.cases.rules import AlreadyFined, Delivery, Penalty, PenaltyKind
from service.errors import Conflict, Forbidden, Invalid
from service.ids import new_id
from service.powers.commands import grant
from service.powers.rules import Power
from service.register.commands import add_premises, enrol_enterprise
from service.register.records import Premises
from tenants.records import Body
from tenants.scope import Scope
from tenants.wall import current, platform_desk, tenant_transaction
from tests.cases.conftest import ACT, REVIEWER, Court
from tests.conftest import MakeWorld, Work, World
from tests.inspections.conftest import HEAD, TODAY, appoint

NAME = "安商连锁甲"


async def shop_of(world: World, town: int, name: str, latitude: float = 29.6) -> Premises:
    """The same enterprise in the register of one town, with its premises there."""
    async with tenant_transaction(world.towns[town].scope()):
        enterprise = await enrol_enterprise(
            world.towns[town].owner, name=name, alternate_id="旧照1"
        )
        return await add_premises(
            enterprise.id, name=name, address="某路1号", latitude=latitude, longitude=106.5
        )


async def courts(world: World, latitudes: list[float] | None = None) -> list[Court]:
    """Every town with the same enterprise in its register."""
    name = f"{NAME}{new_id().hex}"
    places = latitudes or [29.6] * len(world.towns)
    return [
        Court(world, await shop_of(world, n, name, place), [], n) for n, place in enumerate(places)
    ]


async def claim_of(case: PenaltyCase) -> ActClaim:
    """The claim of a case, as the platform sees it."""
    async with tenant_transaction(Scope.of_platform("test"), read_only=True):
        return await ActClaim.get(id=case.claim_id)


async def test_thirty_tenants_file_one_act_at_once_and_one_has_the_case(
    make_world: MakeWorld,
) -> None:
    world = await make_world(30)
    desks = await courts(world)

    filed = await asyncio.gather(
        *(desk.do(filing.file, desk.body, replace(ACT, premises_id=desk.shop.id)) for desk in desks)
    )

    (case,) = [one.case for one in filed if one.case]
    duties = [one.transfer for one in filed if one.transfer]
    assert len(duties) == 29
    assert {duty.other_body for duty in duties} == {"general执法机构"}
    assert {duty.other_filed_on for duty in duties} == {TODAY}
    assert {(d.reason, d.article, d.state) for d in duties} == {
        ("FILED_ELSEWHERE", "行政处罚法 (2021) art. 25", "OWED")
    }
    assert {duty.other_tenant_id for duty in duties} == {case.tenant_id}
    assert len({duty.tenant_id for duty in duties}) == 29
    for desk in desks:
        async with tenant_transaction(desk.world.towns[desk.town].scope(), read_only=True):
            own = desk.world.towns[desk.town].owner.tenant_id == case.tenant_id
            assert await PenaltyCase.all().count() == int(own)


@dataclass(frozen=True, slots=True)
class Example:
    """Two acts of one enterprise and whether the law takes them for one."""

    name: str
    change: dict[str, Any]
    latitude: float
    one: bool


EXAMPLES = [
    Example("the same days and place", {}, 29.6, True),
    Example("a part of the days", {"began_on": TODAY, "ended_on": TODAY}, 29.6, True),
    Example("100 m apart, as two surveys of one door may be", {}, 29.6009, True),
    Example("another item", {"item": "gas.alarm"}, 29.6, False),
    Example("the next shop of the chain, 1 km away", {}, 29.609, False),
    Example(
        "ended before the other began",
        {"began_on": TODAY - timedelta(days=60), "ended_on": TODAY - timedelta(days=30)},
        29.6,
        False,
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
async def test_golden_example_of_article_25(world: World, example: Example) -> None:
    first, second = await courts(world, [29.6, example.latitude])

    await first.do(filing.file, first.body, replace(ACT, premises_id=first.shop.id))
    filed = await second.do(
        filing.file, second.body, replace(ACT, premises_id=second.shop.id, **example.change)
    )

    assert (filed.case is None) is example.one
    assert (filed.transfer is not None) is example.one


async def test_a_body_files_its_own_act_once_and_nothing_is_kept_of_the_second(
    court: Court,
) -> None:
    given = replace(ACT, premises_id=court.shop.id)
    await court.do(filing.file, court.body, given)

    with pytest.raises(Conflict, match="your body filed"):
        await court.do(filing.file, court.body, replace(given, number="演立2号"))

    async with tenant_transaction(court.world.towns[0].scope(), read_only=True):
        assert await CaseTransfer.all().count() == 0


async def _decide(desk: Court, case: PenaltyCase, penalty: Penalty) -> PenaltyCase:
    """The straight way to the decision."""
    do, body = desk.do, desk.body
    if not desk.officers:
        desk.officers = await appoint(desk.world, desk.town)
    await do(commands.assign, body, case.id, desk.officers)
    await do(commands.report, body, case.id, commands.Report("查明", penalty))
    await do(commands.review, body, case.id, passed=True, opinion="同意", actor=REVIEWER)
    await do(commands.serve_notice, body, case.id, Delivery.IN_PERSON, TODAY)
    await desk.lapse(case, "CASE_DEFENCE", "HEAR_REQ")
    return await do(
        decisions.decide, body, case.id, decisions.Decision("演罚1号", penalty), actor=HEAD
    )


FINE = Penalty(frozenset({PenaltyKind.FINE}), 500_000)
WARNING = Penalty(frozenset({PenaltyKind.WARNING}))


async def test_golden_example_of_article_29(world: World) -> None:
    """The first fines and closes; a second body may warn for the same act and may not fine."""
    first, second = await courts(world)
    filed = await first.do(filing.file, first.body, replace(ACT, premises_id=first.shop.id))
    decided = await _decide(first, filed.case, FINE)
    do, body = first.do, first.body
    await do(decisions.serve, body, decided.id, Delivery.IN_PERSON, TODAY)
    await do(decisions.publish, body, decided.id)
    await do(execution.record_payment, body, decided.id, 500_000, TODAY, "回单")
    await do(execution.execute, body, decided.id, "缴清")
    await do(execution.close, body, decided.id, "结案")

    again = await second.do(filing.file, second.body, replace(ACT, premises_id=second.shop.id))
    with pytest.raises(AlreadyFined, match="general执法机构 fined this act already"):
        await _decide(second, again.case, FINE)
    after = await second.reload_case(again.case)
    assert (after.state, after.decision_number) == ("NOTICE_SERVED", "")

    await second.do(commands.spare, second.body, after.id, "已受罚款处罚")
    third = await second.do(
        filing.file, second.body, replace(ACT, number="演立3号", premises_id=second.shop.id)
    )
    assert (await _decide(second, third.case, WARNING)).state == "DECIDED"
    assert (await claim_of(filed.case)).fined is True
    assert (await claim_of(again.case)).fined is False


async def test_an_annulled_fine_leaves_the_act_to_be_judged_anew(world: World) -> None:
    first, second = await courts(world)
    filed = await first.do(filing.file, first.body, replace(ACT, premises_id=first.shop.id))
    await _decide(first, filed.case, FINE)
    await first.do(decisions.annul, first.body, filed.case.id, "复议撤销")

    again = await second.do(filing.file, second.body, replace(ACT, premises_id=second.shop.id))

    assert (await _decide(second, again.case, FINE)).state == "DECIDED"


async def test_the_constraint_holds_without_the_program(world: World) -> None:
    (desk, _) = await courts(world)
    filed = await desk.do(filing.file, desk.body, replace(ACT, premises_id=desk.shop.id))
    claim = await claim_of(filed.case)

    for name, flags in (("first_to_file", "true, false"), ("one_fine", "false, true")):
        with pytest.raises(IntegrityError, match=f"act_claims_{name}"):
            async with tenant_transaction(Scope.of_platform("test")):
                await current().fetch("update act_claims set fined = true where id = $1", claim.id)
                await current().fetch(
                    "insert into act_claims select gen_random_uuid(), fingerprint, act_from, null,"
                    " latitude + 0.0001, longitude, tenant_id, body_id, body, filed_on,"
                    f" {flags} from act_claims where id = $1",
                    claim.id,
                )


async def test_no_tenant_reads_or_probes_the_claims(world: World) -> None:
    desk, _ = await courts(world)
    await desk.do(filing.file, desk.body, replace(ACT, premises_id=desk.shop.id))

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        assert await ActClaim.all().count() == 0
        assert await PenaltyCase.all().count() == 1
    for scope in (world.department_scope(), world.committee().scope):
        async with tenant_transaction(scope, read_only=True):
            assert await ActClaim.all().count() == 0
    with pytest.raises(OperationalError, match="row-level security"):
        async with tenant_transaction(world.towns[1].scope()):
            await current().fetch(
                "insert into act_claims values (gen_random_uuid(), 'a', '2026-01-01', null, 0, 0,"
                " gen_random_uuid(), gen_random_uuid(), 'x', '2026-01-01', true, false)"
            )


async def test_the_platform_desk_shows_no_tenant_and_leaves_the_scope_as_it_was(
    court: Court,
) -> None:
    await court.file()

    async with tenant_transaction(court.world.towns[0].scope()):
        async with platform_desk():
            assert await PenaltyCase.all().count() == 0
        assert await PenaltyCase.all().count() == 1
        with pytest.raises(ValueError, match="inside"):
            async with platform_desk():
                raise ValueError("inside")
        assert await PenaltyCase.all().count() == 1


async def test_the_fingerprint_tells_nothing_without_the_key(court: Court) -> None:
    case = await court.file()
    claim = await claim_of(case)

    assert len(claim.fingerprint) == 64
    assert NAME not in claim.fingerprint
    guess = f"act|licence 旧照{court.shop.name} {court.shop.name}|{case.item}"
    assert claim.fingerprint != sha256(guess.encode()).hexdigest()


async def test_a_town_without_the_power_owes_a_transfer_with_the_article(court: Court) -> None:
    given = replace(ACT, premises_id=court.shop.id)
    owner = court.world.towns[0].owner
    for group, day in (("gas.", TODAY), ("fire.", TODAY + timedelta(days=1))):
        await court.do(
            grant, owner, court.body, Power.PENALISE, item_group=group, basis="赋权目录",
            document="演政发1号", valid_from=TODAY, published_on=day,
        )  # fmt: skip

    filed = await court.do(filing.file, court.body, given)

    assert filed.case is None
    assert (filed.transfer.reason, filed.transfer.article) == (
        "NO_POWER", "行政处罚法 (2021) arts. 17, 24",
    )  # fmt: skip
    assert filed.transfer.act == ACT.act
    allowed = await court.do(filing.file, court.body, replace(given, item="gas.alarm"))
    assert allowed.case is not None


async def test_a_record_reaches_the_other_tenant_and_its_answer_comes_back(
    world: World, work: Work
) -> None:
    first, second = await courts(world)
    await first.do(filing.file, first.body, replace(ACT, premises_id=first.shop.id))
    filed = await second.do(filing.file, second.body, replace(ACT, premises_id=second.shop.id))
    duty = filed.transfer
    await second.do(transfers.send, second.body, duty.id)
    assert "cases.deliver_transfer" in await work()

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        (received,) = await CaseTransfer.all()
    assert (received.direction, received.act, received.origin_id) == ("IN", ACT.act, duty.id)
    with pytest.raises(Invalid):
        await first.do(transfers.answer, first.body, received.id, accepted=False)
    await first.do(transfers.answer, first.body, received.id, accepted=True)
    assert "cases.return_answer" in await work()

    async with tenant_transaction(world.towns[1].scope(), read_only=True):
        back = await CaseTransfer.get(id=duty.id)
    assert (back.state, back.answered_on) == ("ACCEPTED", TODAY)


async def test_the_common_superior_designates_and_the_case_changes_hands(
    world: World, work: Work
) -> None:
    first, second = await courts(world)
    held = await first.do(filing.file, first.body, replace(ACT, premises_id=first.shop.id))
    given = replace(ACT, premises_id=second.shop.id)
    filed = await second.do(filing.file, second.body, given)
    duty, by = filed.transfer, second.body
    superior = transfers.Designation("某区人民政府", "演府指1号", TODAY, True)
    with pytest.raises(Conflict):
        await second.do(transfers.designate, by, duty.id, superior)
    await second.do(transfers.dispute, by, duty.id, "行为发生在本镇")
    with pytest.raises(Forbidden):
        await second.do(transfers.designate, first.body, duty.id, superior)

    await second.do(transfers.designate, by, duty.id, superior)
    await work()

    async with tenant_transaction(world.towns[0].scope(), read_only=True):
        (received,) = await CaseTransfer.all()
    assert (received.state, received.designated_self) == ("DESIGNATED", False)
    async with tenant_transaction(world.department_scope(), read_only=True):
        target = await Body.get(id=second.body)
    moved = await first.do(commands.transfer, first.body, held.case.id, target.id, "指定管辖")
    again = await second.do(filing.file, by, replace(given, number="演立9号"))
    assert (moved.state, again.case is not None) == ("TRANSFERRED", True)


async def test_a_department_and_a_town_meet_over_one_act(world: World) -> None:
    (desk, _) = await courts(world)
    fire = world.departments["fire"]
    async with tenant_transaction(world.department_scope()):
        held = await filing.file(fire, replace(ACT, premises_id=desk.shop.id))

    filed = await desk.do(filing.file, desk.body, replace(ACT, premises_id=desk.shop.id))

    assert held.case is not None
    assert filed.transfer is not None
    assert filed.transfer.other_body == "fire执法机构"


@pytest.mark.parametrize("whole_first", [True, False])
async def test_an_act_of_the_whole_enterprise_is_the_one_at_its_place(
    world: World, whole_first: bool
) -> None:
    """Whoever names no place does not get a second fine by leaving it out (art. 29)."""
    first, second = await courts(world)
    whole = {"premises_id": None, "enterprise_id": first.shop.enterprise_id}
    placed = {"premises_id": first.shop.id}
    await first.do(filing.file, first.body, replace(ACT, **(whole if whole_first else placed)))

    other = {**whole, "enterprise_id": second.shop.enterprise_id}
    there = {"premises_id": second.shop.id}
    given = replace(ACT, number="演立2号", **(there if whole_first else other))
    filed = await second.do(filing.file, second.body, given)

    assert filed.case is None
    assert filed.transfer is not None
    assert filed.transfer.reason == "FILED_ELSEWHERE"
