"""Hazards through the schema: who may do what, and who sees whose."""

from dataclasses import replace
from typing import Any

import pytest
from strawberry.relay import to_base64

from service import clock
from service.evidence.records import Evidence
from service.hazards import commands
from service.hazards.records import Hazard
from service.hazards.rules import Category, Grade, State
from service.ids import new_id
from tenants.principal import PUBLIC, Principal
from tenants.records import owned
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute, World
from tests.hazards.conftest import TODAY, Desk, member, open_shop
from tests.work import round_trips

LIST = "{ hazards { totalCount edges { node { id description premises { name } } } } }"
COUNTS = """{ hazardCounts { town { name } found open majorOpen
  closure { numerator denominator value } onTime { value } } }"""
NODE = """query($id: ID!) { node(id: $id) { ... on Hazard { description
  evidence { evidenceId purpose } plan { funds missing } } } }"""


def document(name: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
      hazard {{ id state grade possibleSteps }} errors {{ code message path }} }} }}"""


class Officers:
    """Runs acts through the schema on one hazard."""

    def __init__(self, desk: Desk, execute: Execute) -> None:
        self.desk, self.execute, self.id = desk, execute, ""
        world = desk.world
        self.admin = member(world, Role.TENANT_ADMIN, "account:admin")
        self.inspector = member(world, Role.INSPECTOR, "account:inspector")
        self.party = member(
            world, Role.ENTERPRISE, "account:party", enterprise_id=desk.shop.enterprise_id
        )

    async def do(self, who: Principal, name: str, **values: Any) -> Any:
        """The payload of one act."""
        given = {"hazardId": self.id, **values} if name != "reportHazard" else values
        answer = await self.execute(who, document(name), {"input": given})
        assert answer["errors"] == []
        payload = answer["data"][name]
        if payload["hazard"]:
            assert payload["errors"] == []
            self.id = payload["hazard"]["id"]
            return payload["hazard"]
        return [one["code"] for one in payload["errors"]]

    async def report(self, who: Principal, **values: Any) -> Any:
        """A fire hazard in the shop."""
        given = {
            "premisesId": to_base64("Premises", str(self.desk.shop.id)),
            "category": "FIRE",
            "description": "疏散通道堵塞",
            **values,
        }
        return await self.do(who, "reportHazard", **given)


@pytest.fixture
def officers(desk: Desk, execute: Execute) -> Officers:
    return Officers(desk, execute)


async def test_a_major_hazard_from_the_finding_to_the_closure(officers: Officers) -> None:
    do, party, admin = officers.do, officers.party, officers.admin
    await officers.report(officers.inspector)
    graded = await do(officers.inspector, "gradeHazard", grade="MAJOR", criterion="FIRE")
    await do(officers.inspector, "assignHazard", responsible="周示例", dueOn=str(TODAY))
    missing = await do(party, "planRectification", measures="更换")
    planned = await do(
        party,
        "planRectification",
        measures="更换",
        responsible="周示例",
        funds="9007199254740993",
        finishOn=str(TODAY),
        contingency="停业",
    )
    await do(party, "submitRectification", result="已更换")
    refused = await do(officers.inspector, "verifyHazard", finding="合格")
    await do(admin, "rejectRectification", finding="不合格")
    await do(party, "submitRectification", result="已更换")
    await do(admin, "verifyHazard", finding="合格")
    owed = await do(admin, "closeHazard")
    for to in ("AUTHORITY", "WORKERS_CONGRESS"):
        await do(party, "recordMajorHazardReport", to=to, reportedOn=str(TODAY))
    closed = await do(admin, "closeHazard")

    assert graded["grade"] == "MAJOR"
    assert missing == ["CONDITIONS_MISSING"]
    assert planned["state"] == "RECTIFYING"
    assert refused == ["FORBIDDEN"]
    assert owed == ["REPORTS_OWED"]
    assert closed["state"] == "CLOSED"
    assert closed["possibleSteps"] == []
    shown = await officers.execute(admin, NODE, {"id": officers.id})
    assert shown["data"]["node"]["plan"] == {"funds": "9007199254740993", "missing": []}


async def test_who_put_it_right_cannot_verify_it(officers: Officers) -> None:
    await officers.report(officers.admin)
    await officers.do(officers.admin, "gradeHazard", grade="GENERAL")
    await officers.do(officers.admin, "assignHazard", responsible="周示例", dueOn=str(TODAY))
    await officers.do(officers.admin, "submitRectification", result="已更换")

    assert await officers.do(officers.admin, "verifyHazard", finding="合格") == ["SAME_PERSON"]


async def test_an_enterprise_works_on_its_own_and_sees_no_other(
    officers: Officers, execute: Execute
) -> None:
    other = await open_shop(officers.desk.world, 0, "安商丙店")
    await officers.desk.do(
        commands.report,
        other.id,
        category=Category.GAS,
        description="别家",
        source=commands.Source.CLUE,
    )
    found = await officers.report(officers.party)
    stranger = replace(officers.party, enterprise_id=other.enterprise_id)
    nobody = replace(officers.party, enterprise_id=None)
    seen = [await execute(who, LIST) for who in (officers.party, stranger, nobody)]
    nodes = [
        (await execute(who, NODE, {"id": found["id"]}))["data"]["node"]
        for who in (officers.party, stranger, nobody)
    ]

    assert [one["data"]["hazards"]["totalCount"] for one in seen] == [1, 1, 0]
    assert seen[0]["data"]["hazards"]["edges"][0]["node"]["premises"] == {"name": "安商甲店"}
    assert [one is None for one in nodes] == [False, True, True]
    assert await officers.do(stranger, "gradeHazard", grade="GENERAL") == ["NOT_FOUND"]
    assert await officers.report(stranger) == ["NOT_FOUND"]
    for name, values in (
        ("verifyHazard", {"finding": "合格"}),
        ("closeHazard", {}),
        ("readHazardWithPurpose", {"purpose": "了解别家情况"}),
    ):
        assert await officers.do(officers.party, name, **values) == ["FORBIDDEN"]
    assert (await officers.do(officers.party, "gradeHazard", grade="GENERAL"))["state"] == "GRADED"


async def test_a_department_sees_its_line(officers: Officers, execute: Execute) -> None:
    found = await officers.report(officers.admin)
    world = officers.desk.world
    lines = ("fire", "gas", "emergency")
    totals = []
    for line in lines:
        listed = await execute(world.department(line), LIST)
        node = await execute(world.department(line), NODE, {"id": found["id"]})
        counts = await execute(world.department(line), COUNTS)
        totals.append(
            (
                listed["data"]["hazards"]["totalCount"],
                node["data"]["node"] is not None,
                counts["data"]["hazardCounts"][0]["found"],
            )
        )

    assert totals == [(1, True, 1), (0, False, 0), (1, True, 1)]
    refused = await officers.do(world.department("fire"), "gradeHazard", grade="GENERAL")
    assert refused == ["FORBIDDEN"]


async def test_the_committee_gets_counts_and_no_hazard(
    officers: Officers, execute: Execute
) -> None:
    found = await officers.report(officers.admin)
    committee = officers.desk.world.committee()
    counts = await execute(committee, COUNTS)
    listed = await execute(committee, LIST)
    node = await execute(committee, NODE, {"id": found["id"]})

    assert counts["errors"] == []
    assert counts["data"]["hazardCounts"] == [
        {
            "town": {"name": "测试镇0"},
            "found": 1,
            "open": 1,
            "majorOpen": 0,
            "closure": {"numerator": 0, "denominator": 1, "value": 0.0},
            "onTime": {"value": None},
        },
        {
            "town": {"name": "测试镇1"},
            "found": 0,
            "open": 0,
            "majorOpen": 0,
            "closure": {"numerator": 0, "denominator": 0, "value": None},
            "onTime": {"value": None},
        },
    ]
    assert len(listed["errors"]) == 1
    assert node["data"] == {"node": None}
    assert await officers.report(committee) == ["FORBIDDEN"]


async def test_the_committee_reads_one_hazard_and_the_town_sees_the_receipt(
    officers: Officers, execute: Execute
) -> None:
    await officers.report(officers.admin)
    committee = officers.desk.world.committee()
    mumbled = await officers.do(committee, "readHazardWithPurpose", purpose="查看")
    read = await officers.do(committee, "readHazardWithPurpose", purpose="督办前核实整改进度")
    receipts = "{ accessReceipts { edges { node { readerName subject purpose } } } }"
    seen = await execute(officers.admin, receipts)
    beside = await execute(member(officers.desk.world, Role.TENANT_ADMIN, "account:b", 1), receipts)

    assert mumbled == ["INVALID"]
    assert read["id"] == officers.id
    (edge,) = seen["data"]["accessReceipts"]["edges"]
    assert edge["node"]["purpose"] == "督办前核实整改进度"
    assert edge["node"]["subject"].startswith("Hazard:")
    assert beside["data"]["accessReceipts"]["edges"] == []


async def test_another_town_the_public_and_applications_without_a_grant_see_nothing(
    officers: Officers, execute: Execute
) -> None:
    found = await officers.report(officers.admin)
    world = officers.desk.world
    beside = member(world, Role.TENANT_ADMIN, "account:b", 1)
    bare = member(world, Role.APP, "app:x")
    granted = replace(bare, grants=frozenset({"hazard:read"}))
    listed = [await execute(who, LIST) for who in (beside, bare, PUBLIC, granted)]
    nodes = [await execute(who, NODE, {"id": found["id"]}) for who in (beside, bare, PUBLIC)]

    assert listed[0]["data"]["hazards"]["totalCount"] == 0
    assert [len(one["errors"]) for one in listed[1:3]] == [1, 1]
    # Premises are the register's, which this application was not granted.
    assert [edge["node"]["premises"] for edge in listed[3]["data"]["hazards"]["edges"]] == [None]
    assert [one["data"]["node"] for one in nodes] == [None, None, None]
    assert await officers.do(beside, "gradeHazard", grade="GENERAL") == ["NOT_FOUND"]
    assert await officers.do(granted, "gradeHazard", grade="GENERAL") == ["FORBIDDEN"]
    for who in (bare, granted, officers.party):
        assert len((await execute(who, COUNTS))["errors"]) == 1


async def test_evidence_of_the_own_town_is_attached_once(
    officers: Officers, execute: Execute
) -> None:
    world = officers.desk.world
    here, there = new_id(), new_id()
    for town, one in ((0, here), (1, there)):
        async with tenant_transaction(world.towns[town].scope()):
            await Evidence.create(
                id=one,
                **owned(world.towns[town].owner),
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
    await officers.report(officers.admin)
    mine = [to_base64("Evidence", str(here))]
    for _ in range(2):
        await officers.do(officers.admin, "attachHazardEvidence", evidenceIds=mine, purpose="FOUND")
    foreign = await officers.do(
        officers.admin,
        "attachHazardEvidence",
        evidenceIds=[*mine, to_base64("Evidence", str(there))],
        purpose="VERIFIED",
    )
    shown = await execute(officers.admin, NODE, {"id": officers.id})

    assert foreign == ["NOT_FOUND"]
    assert shown["data"]["node"]["evidence"] == [{"evidenceId": mine[0], "purpose": "FOUND"}]
    stolen = await officers.do(
        officers.party, "attachHazardEvidence", evidenceIds=mine, purpose="RECTIFIED"
    )
    assert stolen == ["NOT_FOUND"]


async def test_filters_hold_together(officers: Officers, execute: Execute) -> None:
    await officers.desk.at(State.GRADED, Grade.MAJOR)
    await officers.desk.at(State.ASSIGNED)
    asked = "query($w: HazardWhere) { hazards(where: $w) { totalCount } }"
    place = to_base64("Premises", str(officers.desk.shop.id))
    wanted = [
        ({"grade": "MAJOR"}, 1),
        ({"state": "ASSIGNED", "grade": "MAJOR"}, 0),
        ({"category": "FIRE", "premisesId": place}, 2),
        ({"dueBefore": str(TODAY)}, 0),
        ({"recurring": True}, 0),
    ]
    for where, expected in wanted:
        answer = await execute(officers.admin, asked, {"w": where})
        assert answer["data"]["hazards"]["totalCount"] == expected, where


async def test_anybody_reads_the_criteria(world: World, execute: Execute) -> None:
    asked = """{ majorHazardCriteria(on: "2025-10-31") { code version source confirmed } }"""
    answer = await execute(PUBLIC, asked)

    versions = {one["code"]: one["version"] for one in answer["data"]["majorHazardCriteria"]}
    assert versions["FIRE"] == "2017"
    assert versions["MANAGEMENT_CONTRACTORS"] == "2023"


async def test_a_failure_is_not_reported_by_hand(officers: Officers) -> None:
    refused = await officers.report(officers.admin, source="CONTROL_FAILURE")

    assert refused == ["INVALID"]
    async with tenant_transaction(officers.admin.scope, read_only=True):
        assert await Hazard.all().count() == 0


async def test_the_committee_reads_what_is_open_at_one_enterprise_under_one_receipt(
    officers: Officers, execute: Execute
) -> None:
    await officers.report(officers.admin)
    world = officers.desk.world
    committee = world.committee()
    listed = await execute(committee, "{ enterprises { edges { node { id } } } }")
    (shop,) = (edge["node"]["id"] for edge in listed["data"]["enterprises"]["edges"])
    look = """mutation($input: ReadEnterpriseHazardsWithPurposeInput!) {
      readEnterpriseHazardsWithPurpose(input: $input) {
        hazards { id state description } errors { code path } } }"""
    receipts = "{ accessReceipts { edges { node { subject purpose } } } }"

    async def ask(who: Principal, purpose: str) -> dict[str, Any]:
        given = {"input": {"enterpriseId": shop, "purpose": purpose}}
        answer = await execute(who, look, given)
        found: dict[str, Any] = answer["data"]["readEnterpriseHazardsWithPurpose"]
        return found

    mumbled = await ask(committee, "看看")
    inspector = await ask(officers.admin, "镇街自己不需要说明目的")
    before = await execute(officers.admin, receipts)
    read = await ask(committee, "月度督导，核实未闭环隐患")
    after = await execute(officers.admin, receipts)

    assert mumbled == {
        "hazards": None,
        "errors": [{"code": "INVALID", "path": ["input", "purpose"]}],
    }
    assert [one["code"] for one in inspector["errors"]] == ["FORBIDDEN"]
    assert before["data"]["accessReceipts"]["edges"] == []
    assert [one["id"] for one in read["hazards"]] == [officers.id]
    (edge,) = after["data"]["accessReceipts"]["edges"]
    assert edge["node"]["purpose"] == "月度督导，核实未闭环隐患"
    assert edge["node"]["subject"].startswith("Enterprise:")


async def test_a_report_takes_four_round_trips(
    officers: Officers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await officers.report(officers.admin, idempotencyKey="warm")
    sent = round_trips(monkeypatch)

    await officers.report(officers.admin, idempotencyKey="counted")

    began, place, row, done = sent
    assert began.startswith("BEGIN")
    assert "insert into idempotency_keys" in began
    assert "from premises p" in place
    assert row.startswith('INSERT INTO "hazards"')
    assert done.startswith("select app.leave_behind(")
    assert done.endswith(";COMMIT;")
