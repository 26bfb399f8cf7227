"""What happens to a report, on the real database."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import audit
from service.errors import Conflict, Invalid, NotFound
from service.hazards.rules import Category
from service.joint.library import ItemTerms, publish_item
from service.joint.records import InspectionDemand
from service.reports import commands, housekeeping, queries, rewards
from service.reports.commands import Told
from service.reports.records import Report, ReportEvent, ReportReceipt, ReportReporter
from service.reports.rules import Channel, Finding, Ground, Merit
from tenants.directory import town_scope
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import Work
from tests.reports.conftest import BLOCKED, NAMED, Desk

MARCH = date(2026, 3, 2)
WHO = Told(Category.FIRE, "某路1号", "出口上锁", insider=True, reporter=NAMED)


async def receipt(code: str) -> ReportReceipt:
    found = await queries.tracked(code)
    assert found is not None
    return found


async def row(desk: Desk, report_id: UUID) -> Report:
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        return await Report.get(id=report_id)


async def test_the_reporter_follows_a_report_from_receipt_to_answer(desk: Desk, turn: Any) -> None:
    turn(MARCH)
    report, code = await desk.reported()
    first = await receipt(code)
    await desk.do(commands.accept, report.id)
    accepted = await receipt(code)
    await desk.do(commands.transfer, report.id, desk.shop.id)
    await desk.do(commands.verify, report.id, Finding.TRUE, "属实")
    await desk.do(commands.answer, report.id, "已责令改正")
    last = await receipt(code)

    assert (first.state, first.due_on) == ("RECEIVED", None)
    assert (accepted.state, accepted.due_on) == ("ACCEPTED", MARCH + timedelta(days=60))
    assert (last.state, last.answer) == ("ANSWERED", "已责令改正")
    assert await queries.tracked(code[:-1]) is None
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        steps = await ReportEvent.filter(report_id=report.id).order_by("at", "id")
    assert {one.step for one in steps} == {"ACCEPT", "TRANSFER", "VERIFY", "ANSWER"}


async def test_the_same_form_twice_is_one_report_with_one_code(desk: Desk) -> None:
    first, code = await desk.reported(nonce="the same form 01")
    again, same = await desk.reported(nonce="the same form 01")

    assert (again.id, same) == (first.id, code)
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        assert await Report.all().count() == 1


async def test_a_rejected_report_tells_its_reporter_why_and_ends(desk: Desk) -> None:
    report, code = await desk.reported()
    await desk.do(commands.reject, report.id, "不属于安全生产")

    found = await receipt(code)
    assert (found.state, found.answer) == ("REJECTED", "不属于安全生产")
    with pytest.raises(Conflict, match="REJECTED cannot take the step ACCEPT"):
        await desk.do(commands.accept, report.id)


async def test_handling_is_prolonged_once_and_only_in_time(desk: Desk, turn: Any) -> None:
    turn(MARCH)
    report, code = await desk.transferred()
    late, _ = await desk.transferred()
    extended = await desk.do(commands.extend, report.id, "需要鉴定")

    assert extended.due_on == MARCH + timedelta(days=90)
    assert (await receipt(code)).due_on == extended.due_on
    with pytest.raises(Conflict, match="prolonged once"):
        await desk.do(commands.extend, report.id, "再延")
    turn(MARCH + timedelta(days=61))
    with pytest.raises(Conflict, match="before its last day"):
        await desk.do(commands.extend, late.id, "太迟")
    assert (await row(desk, late.id)).due_on == MARCH + timedelta(days=60)


async def test_who_reported_stands_nowhere_in_plain_text(desk: Desk) -> None:
    report, _ = await desk.reported(WHO)

    async with tenant_transaction(desk.world.department_scope()) as transaction:
        kept = await ReportReporter.get(report_id=report.id)
        tables = ["reports", "report_reporters", "report_receipts", "report_events",
                  "audit_entries", "outbox_events"]  # fmt: skip
        texts = [
            line["text"]
            for table in tables
            for line in await transaction.fetch(f"select t::text as text from {table} t")
        ]
    assert not [text for text in texts if "王示例" in text or "00000001234" in text]
    assert (await row(desk, report.id)).anonymous is False
    assert kept.sealed.startswith("gAAAA")


async def test_the_operator_learns_a_name_for_a_reason_that_the_audit_keeps(desk: Desk) -> None:
    report, _ = await desk.reported(WHO)
    nameless, _ = await desk.reported()
    town = desk.world.towns[0]

    async with tenant_transaction(await town_scope(town.owner.tenant_id, "operator:x")):
        assert await rewards.reveal(report.id, "领奖联系") == NAMED
        with pytest.raises(NotFound, match="named reporter"):
            await rewards.reveal(nameless.id, "领奖联系")
        with pytest.raises(Invalid, match="reason"):
            await rewards.reveal(report.id, " ")
        entries = await audit.AuditEntry.filter(act="reports.reporter_revealed")
    assert len(entries) == 1
    assert "领奖联系" in entries[0].entry


async def test_a_reward_is_reckoned_approved_by_another_and_paid_against_the_code(
    desk: Desk, turn: Any
) -> None:
    turn(MARCH)
    report, code = await desk.answered(WHO)
    merit = Merit(Ground.MAJOR, fine_fen=5_000_000, insider=True)
    reckoned = await desk.do(rewards.reckon, report.id, merit)
    hidden = await receipt(code)
    with pytest.raises(Conflict, match="somebody else approves"):
        await desk.do(rewards.approve, report.id)
    await desk.do(rewards.approve, report.id, actor="account:head")
    told = await receipt(code)
    with pytest.raises(Invalid, match="not the code"):
        await desk.do(rewards.pay, report.id, "00000-00000-00000-00000")
    await desk.do(rewards.pay, report.id, code.lower())

    assert reckoned.reward_fen == 900_000
    assert {one["rule"] for one in reckoned.reward_rules} == {
        "REWARD_RATE", "REWARD_FLOOR", "REWARD_INSIDER", "REWARD_CAP",
    }  # fmt: skip
    assert (hidden.reward_fen, hidden.reward_state) == (None, None)
    assert (told.reward_fen, told.claim_until) == (900_000, MARCH + timedelta(days=60))
    assert (await receipt(code)).reward_state == "PAID"
    with pytest.raises(Conflict, match="PAID cannot take the step PAY"):
        await desk.do(rewards.pay, report.id, code)


@pytest.mark.parametrize("finding", [Finding.FALSE, Finding.DUPLICATE])
async def test_only_the_first_true_report_is_rewarded(desk: Desk, finding: Finding) -> None:
    first, _ = await desk.transferred()
    second, _ = await desk.transferred()
    earlier = first.id if finding is Finding.DUPLICATE else None
    await desk.do(commands.verify, second.id, finding, "核查", duplicate_of=earlier)
    await desk.do(commands.answer, second.id, "已核查")

    with pytest.raises(Conflict, match="first true report"):
        await desk.do(rewards.reckon, second.id, Merit(Ground.MAJOR))


async def test_a_duplicate_names_an_earlier_report_of_the_same_town(desk: Desk) -> None:
    first, _ = await desk.transferred()
    second, _ = await desk.transferred()

    with pytest.raises(Invalid, match="names the earlier report"):
        await desk.do(commands.verify, second.id, Finding.DUPLICATE, "重复")
    for other in (second.id, UUID(int=5)):
        with pytest.raises(NotFound, match="earlier report"):
            await desk.do(commands.verify, second.id, Finding.DUPLICATE, "重复", duplicate_of=other)
    with pytest.raises(NotFound, match="earlier report"):
        await desk.do(commands.verify, first.id, Finding.DUPLICATE, "重", duplicate_of=second.id)
    assert (await row(desk, second.id)).state == "TRANSFERRED"


async def test_a_report_opens_a_visit_that_counts_against_no_cap(desk: Desk) -> None:
    report, _ = await desk.transferred()
    town = desk.world.towns[0]
    terms = ItemTerms("fire.exit", "安全出口", "清单", "fire", 30, 30)
    await desk.do(publish_item, town.owner, town.body_id, terms)
    asked = {"due_on": date.max, "minutes": 30}
    with pytest.raises(Invalid):
        await desk.do(commands.request_visit, report.id, town.body_id, ["fire.exit"], **asked)
    asked["due_on"] = (await row(desk, report.id)).accepted_on + timedelta(days=5)
    made = await desk.do(commands.request_visit, report.id, town.body_id, ["fire.exit"], **asked)

    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        demand = await InspectionDemand.get(id=made.demand_id)
    assert (demand.kind, demand.mandatory, demand.premises_id) == ("CLUE", True, desk.shop.id)
    assert demand.exemption_reason
    with pytest.raises(Conflict, match="already"):
        await desk.do(commands.request_visit, report.id, town.body_id, ["fire.exit"], **asked)


async def test_late_answers_uncollected_rewards_and_old_names_are_marked_once(
    desk: Desk, turn: Any, work: Work
) -> None:
    turn(MARCH)
    late, _ = await desk.reported(WHO)
    await desk.do(commands.accept, late.id)
    won, code = await desk.answered(WHO)
    await desk.do(rewards.reckon, won.id, Merit(Ground.ORDINARY))
    await desk.do(rewards.approve, won.id, actor="account:head")
    last = MARCH + timedelta(days=60)

    done = []
    for day in (last, last + timedelta(days=1), last + timedelta(days=1)):
        turn(day)
        done.append(await housekeeping.mark_due(desk.world.district_id, day))
    after = last + timedelta(days=180)
    done.append(await housekeeping.mark_due(desk.world.district_id, after - timedelta(days=1)))
    done.append(await housekeeping.mark_due(desk.world.district_id, after))

    assert done == [0, 2, 0, 0, 1]
    assert (await row(desk, late.id)).overdue_since == last + timedelta(days=1)
    assert (await receipt(code)).reward_state == "FORFEITED"
    async with tenant_transaction(desk.world.department_scope(), read_only=True):
        assert [one.report_id for one in await ReportReporter.all()] == [late.id]


async def test_another_town_and_the_committee_change_nothing(make_world: Any) -> None:
    world = await make_world(towns=2)
    from tests.hazards.conftest import open_shop

    desk = Desk(world, await open_shop(world))
    report, _ = await desk.transferred()
    scopes: list[Scope] = [world.towns[1].scope(), world.committee().scope]
    for scope in scopes:
        with pytest.raises(NotFound):
            async with tenant_transaction(scope):
                await commands.verify(report.id, Finding.FALSE, "不实")
    assert (await row(desk, report.id)).finding is None


async def test_counts_add_up_for_each_town(desk: Desk, turn: Any) -> None:
    turn(MARCH)
    await desk.reported()
    won, code = await desk.answered()
    await desk.do(rewards.reckon, won.id, Merit(Ground.ORDINARY))
    await desk.do(rewards.approve, won.id, actor="account:head")
    await desk.do(rewards.pay, won.id, code)
    owner = desk.world.towns[0].owner
    await desk.do(commands.record_survey, owner, MARCH, 200, 150, "街头问卷")
    await desk.do(commands.record_survey, owner, MARCH, 100, 30, "电话")

    async with tenant_transaction(desk.world.committee().scope, read_only=True):
        (counted,) = await queries.counts(MARCH, MARCH)
        (asked,) = await queries.awareness(MARCH, MARCH)
        assert await queries.counts(MARCH + timedelta(days=1), MARCH + timedelta(days=9)) == []
    assert counted == queries.Counts(owner.tenant_id, 2, 1, 1, 1, 1, 1, 20_000)
    assert (asked.asked, asked.aware) == (300, 180)


async def test_a_hotline_report_says_that_it_came_by_telephone(desk: Desk) -> None:
    owner = desk.world.towns[0].owner
    made, _ = await desk.do(commands.submit, owner, Channel.HOTLINE, BLOCKED, nonce="call 1")

    assert made.channel == "HOTLINE"
