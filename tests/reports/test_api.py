"""Reports through the schema: who hands in, handles, counts, and what nobody reads."""

from datetime import timedelta
from typing import Any

from strawberry.relay import to_base64

from service import clock
from service.joint.library import ItemTerms, publish_item
from service.reports import commands
from service.reports.rules import Finding
from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute
from tests.hazards.conftest import member
from tests.reports.conftest import Desk
from tests.reports.test_commands import WHO

SUBMIT = """mutation($input: SubmitReportInput!) { submitReport(input: $input) {
  report { id state channel anonymous } trackingCode errors { code message } } }"""
LIST = """{ reports { totalCount edges { node {
  id state place reward { amount state } premises { name } history { step } } } } }"""
COUNTS = """{ reportCounts(since: "2020-01-01") { town { name } received answered
  answeredOnTime { numerator denominator } rewardsPaid awareness { numerator denominator } } }"""


def told(desk: Desk) -> dict[str, Any]:
    return {
        "townId": to_base64("Tenant", str(desk.world.towns[0].owner.tenant_id)),
        "category": "GAS",
        "place": "某市场12号摊位",
        "description": "燃气软管老化",
        "reporter": {"name": "王示例", "phone": "00000001234"},
    }


async def act(execute: Execute, who: Any, name: str, **given: Any) -> Any:
    """The payload's object, or the codes of its refusal."""
    kind = name[0].upper() + name[1:]
    kinds = {"acceptReport": "ReportInput", "approveReportReward": "ReportInput",
             "rejectReport": "ReportReasonInput", "extendReport": "ReportReasonInput"}  # fmt: skip
    shown = "survey { asked }" if "Survey" in name else "report { id state finding hazardId }"
    document = (
        f"mutation($input: {kinds.get(name, kind + 'Input')}!) {{ {name}(input: $input) {{"
        f" {shown} errors {{ code }} }} }}"
    )
    answer = await execute(who, document, {"input": given})
    payload = answer["data"][name]
    codes = [error["code"] for error in payload.pop("errors")]
    return codes or next(iter(payload.values()))


async def test_a_report_is_handled_by_those_who_may(desk: Desk, execute: Execute) -> None:
    world = desk.world
    hotline, head = world.department(), world.department("fire")
    admin = member(world, Role.TENANT_ADMIN, "account:a")
    inspector = member(world, Role.INSPECTOR, "account:i")

    made = (await execute(hotline, SUBMIT, {"input": told(desk)}))["data"]["submitReport"]
    report = {"reportId": made["report"]["id"]}
    before = await execute(admin, LIST)
    refused = [
        await act(execute, who, "acceptReport", **report)
        for who in (admin, inspector, world.committee())
    ]
    await act(execute, hotline, "acceptReport", **report)
    place = to_base64("Premises", str(desk.shop.id))
    await act(execute, hotline, "transferReport", premisesId=place, **report)
    seen = await execute(admin, LIST)
    verified = await act(
        execute, inspector, "verifyReport", finding="TRUE", verification="属实", **report
    )
    answered = await act(execute, admin, "answerReport", answer="已改正", **report)
    await act(execute, hotline, "reckonReportReward", ground="MAJOR", fine="4000000", **report)
    own = await act(execute, hotline, "approveReportReward", **report)
    await act(execute, head, "approveReportReward", **report)
    paid = await act(
        execute, hotline, "payReportReward", trackingCode=made["trackingCode"], **report
    )

    assert made["report"]["channel"] == "HOTLINE"
    assert refused == [["FORBIDDEN"]] * 3
    assert before["data"]["reports"]["totalCount"] == 0
    (edge,) = seen["data"]["reports"]["edges"]
    assert edge["node"]["premises"] == {"name": "安商甲店"}
    assert [one["step"] for one in edge["node"]["history"]] == ["ACCEPT", "TRANSFER"]
    assert (verified["state"], answered["state"]) == ("VERIFIED", "ANSWERED")
    assert own == ["CONFLICT"]
    assert paid["state"] == "ANSWERED"
    (last,) = (await execute(hotline, LIST))["data"]["reports"]["edges"]
    assert last["node"]["reward"] == {"amount": "600000", "state": "PAID"}


async def test_a_report_leads_to_the_visit_that_was_asked_for(desk: Desk, execute: Execute) -> None:
    report, _ = await desk.transferred()
    town = desk.world.towns[0]
    terms = ItemTerms("fire.exit", "安全出口", "清单", "fire", 30, 30)
    await desk.do(publish_item, town.owner, town.body_id, terms)
    due = clock.legal_day(clock.now()) + timedelta(days=5)
    await desk.do(
        commands.request_visit, report.id, town.body_id, ["fire.exit"], due_on=due, minutes=30
    )

    admin = member(desk.world, Role.TENANT_ADMIN, "account:a")
    asked = "{ reports { edges { node { demandId } } } }"
    (edge,) = (await execute(admin, asked))["data"]["reports"]["edges"]
    found = await execute(
        admin,
        "query($id: ID!) { node(id: $id) { ... on InspectionDemand { kind dueOn } } }",
        {"id": edge["node"]["demandId"]},
    )

    assert found["data"]["node"] == {"kind": "CLUE", "dueOn": due.isoformat()}


async def test_the_committee_counts_and_reads_no_report(desk: Desk, execute: Execute) -> None:
    await desk.answered()
    committee = desk.world.committee()
    admin = member(desk.world, Role.TENANT_ADMIN, "account:a")
    day = {"heldOn": "2026-03-02", "method": "问卷"}
    survey = await act(execute, admin, "recordAwarenessSurvey", asked=50, aware=20, **day)

    counts = (await execute(committee, COUNTS))["data"]["reportCounts"]

    assert survey == {"asked": 50}
    assert counts[0] == {
        "town": {"name": "测试镇0"},
        "received": 1,
        "answered": 1,
        "answeredOnTime": {"numerator": 1, "denominator": 1},
        "rewardsPaid": "0",
        "awareness": {"numerator": 20, "denominator": 50},
    }
    for who in (committee, member(desk.world, Role.ENTERPRISE, "account:e")):
        errors = (await execute(who, LIST))["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["FORBIDDEN"]
    assert (await execute(PUBLIC, LIST))["data"]["reports"]["totalCount"] == 0


async def test_a_platform_hands_in_for_towns_that_let_it_and_reads_nothing(
    desk: Desk, execute: Execute
) -> None:
    app = member(desk.world, Role.APP, "app:12350", grants=frozenset({"report:write"}))
    other = member(desk.world, Role.APP, "app:x", grants=frozenset({"hazard:read"}))

    made = (await execute(app, SUBMIT, {"input": told(desk)}))["data"]["submitReport"]
    denied = (await execute(other, SUBMIT, {"input": told(desk)}))["data"]["submitReport"]
    anonymous = await execute(PUBLIC, SUBMIT, {"input": told(desk)})
    listing = await execute(app, LIST)

    assert made["report"] is None
    assert made["errors"] == []
    assert len(made["trackingCode"]) == 23
    assert [one["code"] for one in denied["errors"]] == ["FORBIDDEN"]
    assert [one["extensions"]["code"] for one in anonymous["errors"]] == ["UNAUTHENTICATED"]
    assert [one["extensions"]["code"] for one in listing["errors"]] == ["FORBIDDEN"]


async def test_no_name_of_a_reporter_is_in_the_schema(desk: Desk, execute: Execute) -> None:
    await desk.answered(WHO, Finding.TRUE)
    fields = await execute(
        desk.world.department(), '{ __type(name: "Report") { fields { name } } }'
    )

    names = {field["name"] for field in fields["data"]["__type"]["fields"]}
    assert "anonymous" in names
    assert not {name for name in names if "reporter" in name.lower() or "phone" in name.lower()}


async def test_a_page_of_reports_costs_the_same_statements(
    desk: Desk, execute: Execute, statements: list[str]
) -> None:
    for _ in range(2):
        await desk.answered()
    statements.clear()
    await execute(desk.world.department(), LIST)
    two = len(statements)
    for _ in range(4):
        await desk.answered()
    statements.clear()
    await execute(desk.world.department(), LIST)

    assert len(statements) == two > 0
