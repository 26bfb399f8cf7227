"""Accidents through the schema: who reports, who corrects, who counts, who reads with a purpose."""

from dataclasses import replace
from datetime import date
from typing import Any

from strawberry.relay import to_base64

from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute
from tests.hazards.conftest import Desk, member, open_shop

DAY = date(2026, 3, 2)
REPORT = """mutation($input: ReportAccidentInput!) { reportAccident(input: $input) {
  accident { id level reportedInTime directLossFen reports { number kind } premises { name } }
  errors { code path } } }"""
CORRECT = """mutation($input: CorrectAccidentInput!) { correctAccident(input: $input) {
  accident { level } errors { code } } }"""
READ = """mutation($input: ReadAccidentWithPurposeInput!) {
  readAccidentWithPurpose(input: $input) { accident { summary } errors { code } } }"""
LIST = "{ accidents { totalCount edges { node { id level reports { text } } } } }"
COUNTS = """{ accidentCounts(year: 2026) { town { name } accidents deaths
  levels { level accidents } reportLatency { numerator denominator value } } }"""
RECEIPTS = "{ accessReceipts { edges { node { purpose subject } } } }"


def given(desk: Desk, **more: Any) -> dict[str, Any]:
    return {
        "premisesId": to_base64("Premises", str(desk.shop.id)),
        "occurredAt": "2026-03-02T11:00:00",
        "knownAt": "2026-03-02T11:30:00+08:00",
        "summary": "货架倒塌",
        "toll": {"deaths": 1, "directLossFen": "100000000000"},
        **more,
    }


async def test_an_enterprise_reports_the_town_corrects_and_the_department_reads(
    desk: Desk, turn: Any, execute: Execute
) -> None:
    turn(DAY)
    world = desk.world
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=desk.shop.enterprise_id)
    other = await open_shop(world, 0, "安商乙店")
    stranger = replace(party, enterprise_id=other.enterprise_id)
    admin = member(world, Role.TENANT_ADMIN, "account:a")
    inspector = member(world, Role.INSPECTOR, "account:i")

    made = (await execute(party, REPORT, {"input": given(desk)}))["data"]["reportAccident"]
    refused = [
        (await execute(who, REPORT, {"input": given(desk, occurredAt="2026-03-01T11:00:00")}))
        for who in (stranger, inspector, world.department(), world.committee())
    ]
    correction = {"accidentId": made["accident"]["id"], "toll": {"deaths": 3}, "reason": "误报"}
    denied = await execute(party, CORRECT, {"input": correction})
    done = await execute(admin, CORRECT, {"input": correction})
    totals = [
        (await execute(who, LIST))["data"]["accidents"]["totalCount"]
        for who in (party, stranger, admin, inspector, world.department())
    ]

    assert made["errors"] == []
    assert made["accident"] | {"id": ""} == {
        "id": "", "level": "GRAVEST", "reportedInTime": True, "directLossFen": "100000000000",
        "reports": [{"number": 1, "kind": "FIRST"}], "premises": {"name": "安商甲店"},
    }  # fmt: skip
    assert [one["data"]["reportAccident"]["errors"][0]["code"] for one in refused] == [
        "NOT_FOUND", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN",
    ]  # fmt: skip
    assert denied["data"]["correctAccident"]["errors"] == [{"code": "FORBIDDEN"}]
    assert done["data"]["correctAccident"]["accident"] == {"level": "LARGER"}
    assert totals == [1, 0, 1, 1, 1]


async def test_the_committee_counts_and_reads_one_with_a_purpose_that_the_town_sees(
    desk: Desk, turn: Any, execute: Execute
) -> None:
    turn(DAY)
    admin = member(desk.world, Role.TENANT_ADMIN, "account:a")
    office = desk.world.committee()
    made = (await execute(admin, REPORT, {"input": given(desk)}))["data"]["reportAccident"]
    wanted = {"accidentId": made["accident"]["id"], "purpose": "核查迟报原因"}

    counts = (await execute(office, COUNTS))["data"]["accidentCounts"]
    listed = await execute(office, LIST)
    idle = await execute(office, READ, {"input": {**wanted, "purpose": "查看"}})
    read = await execute(office, READ, {"input": wanted})
    party = member(desk.world, Role.ENTERPRISE, "p", enterprise_id=desk.shop.enterprise_id)
    receipts = (await execute(admin, RECEIPTS))["data"]["accessReceipts"]["edges"]

    assert counts[0] == {
        "town": {"name": "测试镇0"},
        "accidents": 1,
        "deaths": 1,
        "levels": [{"level": "GRAVEST", "accidents": 1}],
        "reportLatency": {"numerator": 1, "denominator": 1, "value": 1.0},
    }
    assert len(listed["errors"]) == 1
    assert idle["data"]["readAccidentWithPurpose"]["errors"] == [{"code": "INVALID"}]
    assert read["data"]["readAccidentWithPurpose"]["accident"] == {"summary": "货架倒塌"}
    assert [one["node"]["purpose"] for one in receipts] == ["核查迟报原因"]
    for who in (party, PUBLIC):
        assert len((await execute(who, COUNTS))["errors"]) == 1
