"""Inspections through the schema: the officers' walk, the enterprise's door, and who sees what."""

from typing import Any

import pytest
from strawberry.relay import to_base64
from tortoise.backends.asyncpg.client import TransactionWrapper

from service.inspections.rules import State
from tenants.principal import Principal
from tenants.rights import Role
from tests.conftest import Execute
from tests.inspections.conftest import ITEMS, TODAY, Patrol, appoint, open_shop

LIST = """{ inspections(first: 50) { totalCount edges { node { id state items
  premises { name } enterprise { name } body { name } officers { name reinspection }
  checks { item result hazardId } history { step } deadlines { rule state }
  documents(first: 10) { totalCount edges { node { kind number standing } } } } } }
  legalDeadlines(first: 50) { edges { node { rule state } } } }"""
SHOW = "query($id: ID!) { enforcementCode(inspectionId: $id) { code validUntil } }"
VERIFY = """query($code: String!) { verifyEnforcementCode(code: $code) {
  verdict mayRefuse inspection { id body { name } } } }"""


def document(name: str, more: str = "state possibleSteps") -> str:
    kind = name[0].upper() + name[1:]
    kinds = {
        "approveInspection": "InspectionAct",
        "issueEnforcementCode": "InspectionAct",
        "concludeWithoutFindings": "InspectionAct",
        "refuseVisit": "InspectionReasonInput",
    }
    return f"""mutation($input: {kinds.get(name, kind + "Input")}!) {{ {name}(input: $input) {{
      inspection {{ id {more} }} errors {{ code message path }} }} }}"""


class Door:
    """Runs acts through the schema on one inspection."""

    def __init__(self, patrol: Patrol, execute: Execute) -> None:
        self.patrol, self.execute, self.id = patrol, execute, ""
        self.inspector = patrol.member(Role.INSPECTOR, "account:inspector")
        self.head = patrol.member(Role.TENANT_ADMIN, "account:head")
        self.party = patrol.member(
            Role.ENTERPRISE, "account:party", enterprise_id=patrol.shop.enterprise_id
        )
        self.team = [to_base64("Officer", str(one)) for one in patrol.officers]

    async def do(self, who: Principal, name: str, **values: Any) -> Any:
        """The inspection after one act, or the codes of its refusal."""
        given = values if name == "planInspection" else {"inspectionId": self.id, **values}
        answer = await self.execute(who, document(name), {"input": given})
        assert answer["errors"] == []
        payload = answer["data"][name]
        if payload["inspection"] is None:
            return [one["code"] for one in payload["errors"]]
        assert payload["errors"] == []
        self.id = payload["inspection"]["id"]
        return payload["inspection"]

    async def plan(self, who: Principal) -> Any:
        """A routine task for the shop."""
        return await self.do(
            who,
            "planInspection",
            premisesId=to_base64("Premises", str(self.patrol.shop.id)),
            kind="ROUTINE",
            items=list(ITEMS),
            basis="年度检查计划",
            plannedOn=str(TODAY),
        )

    async def verify(self, code: str, who: Principal | None = None) -> Any:
        """What the enterprise learns of a code."""
        answer = await self.execute(who or self.party, VERIFY, {"code": code})
        assert answer["errors"] == []
        return answer["data"]["verifyEnforcementCode"]


@pytest.fixture
def door(patrol: Patrol, execute: Execute) -> Door:
    return Door(patrol, execute)


async def test_an_inspection_from_the_task_to_the_closed_loop(door: Door) -> None:
    do, inspector, head = door.do, door.inspector, door.head
    await door.plan(inspector)
    unapproved = await do(inspector, "approveInspection")
    await do(head, "approveInspection")
    await do(inspector, "issueEnforcementCode")
    shown = (await door.execute(inspector, SHOW, {"id": door.id}))["data"]["enforcementCode"]
    seen = await door.verify(shown["code"])
    alone = await do(inspector, "checkInToInspection", officerIds=door.team[:1])
    await do(inspector, "checkInToInspection", officerIds=door.team, place="某路1号")
    await do(
        inspector,
        "recordInspectionChecks",
        entries=[
            {"item": ITEMS[0], "result": "NOT_COMPLIANT", "note": "堵塞", "hazardCategory": "FIRE"},
            {"item": ITEMS[1], "result": "COMPLIANT"},
        ],
    )
    await do(
        inspector,
        "signInspectionRecord",
        findings="疏散通道堵塞",
        handling="责令限期整改",
        signature="REFUSED",
        refusalReason="不认可",
        refusalWitness="李见证",
    )
    nothing = await do(inspector, "concludeWithoutFindings")
    ordered = await do(inspector, "orderRectification", measures="清理", until=str(TODAY))
    closed = await do(
        inspector, "recordReinspection", passed=True, finding="已清理", officerIds=door.team
    )

    assert unapproved == ["FORBIDDEN"]
    assert seen["verdict"] == "VALID"
    assert seen["mayRefuse"] is False
    assert seen["inspection"]["id"] == door.id
    assert alone == ["TEAM_TOO_SMALL"]
    assert nothing == ["OPEN_ITEMS"]
    assert ordered["state"] == "RECTIFY_ORDERED"
    assert closed == {"id": door.id, "state": "CLOSED", "possibleSteps": []}


async def test_an_enterprise_refuses_whoever_shows_no_code_of_its_own(
    door: Door, execute: Execute
) -> None:
    other = await open_shop(door.patrol.world, 0, "安商丙店")
    coded = await door.patrol.at(State.CODED)
    shown = await execute(door.inspector, SHOW, {"id": to_base64("Inspection", str(coded.id))})
    code = shown["data"]["enforcementCode"]["code"]
    neighbour = door.patrol.member(
        Role.ENTERPRISE, "account:other", enterprise_id=other.enterprise_id
    )
    foreign = door.patrol.world.towns[1].principal(Role.INSPECTOR)

    for who in (neighbour, foreign):
        assert await door.verify(code, who) == {
            "verdict": "NOT_OURS", "mayRefuse": True, "inspection": None,
        }  # fmt: skip
    await door.plan(door.inspector)
    refused = await door.do(door.party, "refuseVisit", reason="未出示执法码")
    assert refused["state"] == "VISIT_REFUSED"
    assert await door.do(door.inspector, "refuseVisit", reason="未出示执法码") == ["FORBIDDEN"]


@pytest.mark.parametrize("role", [Role.COMMITTEE, Role.ENTERPRISE, Role.APP])
async def test_who_does_not_enforce_plans_nothing(door: Door, role: Role) -> None:
    who = {
        Role.COMMITTEE: door.patrol.world.committee(),
        Role.ENTERPRISE: door.party,
        Role.APP: door.patrol.member(Role.APP, "app:x"),
    }[role]

    assert await door.plan(who) == ["FORBIDDEN"]


async def test_a_committee_lists_no_inspection_and_an_enterprise_its_own(
    door: Door, execute: Execute
) -> None:
    await door.patrol.at(State.CLOSED)
    other = await open_shop(door.patrol.world, 0, "安商丙店")
    stranger = door.patrol.member(
        Role.ENTERPRISE, "account:other", enterprise_id=other.enterprise_id
    )

    committee = await execute(door.patrol.world.committee(), LIST)
    own, none = await execute(door.party, LIST), await execute(stranger, LIST)
    neighbour = await execute(door.patrol.world.towns[1].principal(), LIST)

    assert committee["data"] is None
    assert own["data"]["inspections"]["totalCount"] == 1
    assert {e["node"]["rule"] for e in own["data"]["legalDeadlines"]["edges"]} == {
        "RECTIFY", "REINSPECT",
    }  # fmt: skip
    for seen in (none, neighbour):
        assert seen["data"]["inspections"]["totalCount"] == 0
        assert seen["data"]["legalDeadlines"]["edges"] == []


async def test_a_department_inspects_in_a_town_with_its_own_officers(
    door: Door, execute: Execute
) -> None:
    fire, gas = door.patrol.world.department("fire"), door.patrol.world.department("gas")

    planned = await door.plan(fire)
    other = await door.do(gas, "approveInspection")

    assert planned["state"] == "PLANNED"
    assert other == ["FORBIDDEN"]
    assert (await execute(fire, LIST))["data"]["inspections"]["totalCount"] == 1
    assert (await execute(gas, LIST))["data"]["inspections"]["totalCount"] == 0


async def test_the_same_key_records_an_arrival_once(door: Door) -> None:
    row = await door.patrol.at(State.CODED)
    door.id = to_base64("Inspection", str(row.id))
    values = {"officerIds": door.team, "idempotencyKey": "phone-1"}

    first = await door.do(door.inspector, "checkInToInspection", **values)
    again = await door.do(door.inspector, "checkInToInspection", **values)

    assert first["state"] == "ON_SITE"
    assert again == first


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that models and queries run."""
    seen: list[str] = []
    for name in ("execute_query", "execute_query_dict"):
        original = getattr(TransactionWrapper, name)

        async def run(self: Any, query: str, *args: Any, _run: Any = original, **kw: Any) -> Any:
            seen.append(query)
            return await _run(self, query, *args, **kw)

        monkeypatch.setattr(TransactionWrapper, name, run)
    return seen


async def test_a_page_costs_the_same_for_one_and_for_many(
    door: Door, execute: Execute, statements: list[str]
) -> None:
    costs = []
    for more in (1, 4):
        for _ in range(more):
            await door.patrol.at(State.RECTIFY_ORDERED)
        statements.clear()
        answer = await execute(door.head, LIST)
        assert answer["errors"] == []
        assert len(answer["data"]["inspections"]["edges"]) in (1, 5)
        costs.append(len(statements))

    assert costs[0] == costs[1] > 5


async def test_officers_are_chosen_by_the_day_of_their_card(door: Door, execute: Execute) -> None:
    await appoint(door.patrol.world, count=1, valid_to=TODAY)

    def ask(day: str) -> Any:
        return execute(door.inspector, f'{{ officers(certifiedOn: "{day}") {{ totalCount }} }}')

    assert (await ask(str(TODAY)))["data"]["officers"]["totalCount"] == 3
    assert (await ask(str(TODAY.replace(year=TODAY.year + 1))))["data"]["officers"][
        "totalCount"
    ] == 2
