"""Cases through the schema: one walk, who may do what, what a page costs."""

from typing import Any

import pytest
from strawberry.relay import to_base64

from service.cases.rules import State
from tenants.principal import Principal
from tenants.rights import Role
from tests.cases.conftest import Court
from tests.conftest import Execute
from tests.inspections.conftest import TODAY, open_shop
from tests.inspections.test_api import statements

__all__ = ["statements"]

LIST = """{ penaltyCases(first: 50) { totalCount edges { node { id state fine
  enterprise { name } body { name } officers { name } registeredEvidence { thing }
  history { step } deadlines { rule article state dueOn } account { owed due { amount } }
  fileCompleteness { complete missing }
  documents(first: 10) { totalCount edges { node { kind number standing } } } } } }
  caseTransfers(first: 50) { totalCount }
  bodyPowers { totalCount } }"""
INPUTS = {
    "submitDefence": "CaseTextInput",
    "answerDefence": "CaseTextInput",
    "servePenaltyNotice": "ServeInput",
    "servePenaltyDecision": "ServeInput",
    "publishPenaltyDecision": "CaseAct",
    "requestHearing": "CaseAct",
    "closeCase": "CaseTextInput",
    "suspendCase": "CaseTextInput",
}


class Clerk:
    """Runs acts through the schema on one case."""

    def __init__(self, court: Court, execute: Execute) -> None:
        self.court, self.execute, self.id = court, execute, ""
        grants = frozenset({"can_penalise"})
        self.inspector = court.member(Role.INSPECTOR, "account:inspector")
        self.reviewer = court.member(Role.INSPECTOR, "account:reviewer")
        self.head = court.member(Role.TENANT_ADMIN, "account:head", grants=grants)
        self.weak = court.member(Role.TENANT_ADMIN, "account:weak")
        self.party = court.member(
            Role.ENTERPRISE, "account:party", enterprise_id=court.shop.enterprise_id
        )

    async def do(self, who: Principal, name: str, **values: Any) -> Any:
        """The case after one act, or the codes of its refusal."""
        kind = INPUTS.get(name, name[0].upper() + name[1:] + "Input")
        given = values if name == "fileCase" else {"caseId": self.id, **values}
        answer = await self.execute(
            who,
            f"""mutation($input: {kind}!) {{ {name}(input: $input) {{
              case {{ id state possibleSteps }} errors {{ code message path }} }} }}""",
            {"input": given},
        )
        assert answer["errors"] == []
        payload = answer["data"][name]
        if payload["case"] is None:
            return [one["code"] for one in payload["errors"]]
        assert payload["errors"] == []
        self.id = payload["case"]["id"]
        return payload["case"]["state"]

    async def file(self, who: Principal, **changes: Any) -> Any:
        """The act of a blocked exit in the shop."""
        given = {
            "number": "演立1号",
            "item": "fire.exit",
            "act": "疏散通道堵塞",
            "basis": "《中华人民共和国消防法》",
            "beganOn": str(TODAY),
            "foundOn": str(TODAY),
            "premisesId": to_base64("Premises", str(self.court.shop.id)),
            **changes,
        }
        return await self.do(who, "fileCase", **given)


@pytest.fixture
def clerk(court: Court, execute: Execute) -> Clerk:
    return Clerk(court, execute)


async def test_a_case_from_the_filing_to_the_closing(clerk: Clerk) -> None:
    do, head, inspector = clerk.do, clerk.head, clerk.inspector
    team = [to_base64("Officer", str(one)) for one in clerk.court.officers]
    penalty = {"kinds": ["FINE"], "fine": "1000000"}
    said = [
        await clerk.file(inspector),
        await do(inspector, "assignInvestigators", officerIds=team),
        await do(inspector, "submitForLegalReview", findings="查明", **penalty),
        await do(inspector, "reviewCase", passed=True, opinion="同意"),
        await do(clerk.reviewer, "reviewCase", passed=True, opinion="同意"),
        await do(inspector, "servePenaltyNotice", delivery="IN_PERSON", servedOn=str(TODAY)),
        await do(clerk.party, "submitDefence", text="已整改"),
        await do(clerk.party, "requestHearing"),
        await do(inspector, "answerDefence", text="申辩部分成立"),
        await do(inspector, "decideCase", number="演罚1号", **penalty),
        await do(clerk.weak, "decideCase", number="演罚1号", **penalty),
        await do(head, "decideCase", number="演罚1号", kinds=["FINE"], fine="1000001"),
        await do(head, "decideCase", number="演罚1号", **penalty),
        await do(inspector, "servePenaltyDecision", delivery="ELECTRONIC", servedOn=str(TODAY)),
        await do(inspector, "servePenaltyDecision", delivery="POST", servedOn=str(TODAY)),
        await do(head, "publishPenaltyDecision"),
        await do(inspector, "completeExecution", execution="缴清"),
        await do(inspector, "recordFinePayment", amount="1000000", on=str(TODAY), reference="回单"),
        await do(inspector, "completeExecution", execution="缴清"),
        await do(head, "closeCase", text="结案"),
    ]

    assert said == [
        "FILED", "INVESTIGATING", "LEGAL_REVIEW", ["SAME_PERSON"], "REVIEWED", "NOTICE_SERVED",
        "DEFENCE", ["NO_HEARING"], "DEFENCE", ["FORBIDDEN"], ["FORBIDDEN"],
        ["HEAVIER_THAN_NOTICED"], "DECIDED", ["NO_CONSENT"], "SERVED", "PUBLISHED", ["NOT_PAID"],
        "PUBLISHED", "EXECUTED", "CLOSED",
    ]  # fmt: skip


async def test_a_second_body_gets_a_duty_and_no_error(clerk: Clerk, execute: Execute) -> None:
    world, shop = clerk.court.world, clerk.court.shop
    await clerk.file(world.department("fire"))
    document = """mutation($input: FileCaseInput!) { fileCase(input: $input) { case { id }
      transfer { id reason article otherBody otherFiledOn state } errors { code } } }"""

    answer = await execute(
        clerk.inspector,
        document,
        {
            "input": {
                "number": "演立2号", "item": "fire.exit", "act": "通道堵塞", "basis": "消防法",
                "beganOn": str(TODAY), "foundOn": str(TODAY),
                "premisesId": to_base64("Premises", str(shop.id)),
            }
        },
    )  # fmt: skip

    payload = answer["data"]["fileCase"]
    assert (payload["case"], payload["errors"]) == (None, [])
    duty = payload["transfer"]
    assert duty.pop("id")
    assert duty == {
        "reason": "FILED_ELSEWHERE", "article": "行政处罚法 (2021) art. 25",
        "otherBody": "fire执法机构", "otherFiledOn": str(TODAY), "state": "OWED",
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.COMMITTEE, Role.ENTERPRISE, Role.APP])
async def test_who_does_not_enforce_files_nothing(clerk: Clerk, role: Role) -> None:
    who = {
        Role.COMMITTEE: clerk.court.world.committee(),
        Role.ENTERPRISE: clerk.party,
        Role.APP: clerk.court.member(Role.APP, "app:x"),
    }[role]

    assert await clerk.file(who) == ["FORBIDDEN"]


async def test_a_committee_sees_no_case_and_an_enterprise_its_own(
    clerk: Clerk, execute: Execute
) -> None:
    case = await clerk.court.at(State.PUBLISHED)
    other = await open_shop(clerk.court.world, 0, "安商丙店")
    stranger = clerk.court.member(
        Role.ENTERPRISE, "account:other", enterprise_id=other.enterprise_id
    )
    node = f'{{ node(id: "{to_base64("PenaltyCase", str(case.id))}") {{ id }} }}'
    committee = clerk.court.world.committee()

    assert (await execute(committee, LIST))["data"] is None
    assert (await execute(committee, node))["errors"] != []
    assert (await execute(clerk.party, LIST))["data"]["penaltyCases"]["totalCount"] == 1
    for who in (stranger, clerk.court.world.towns[1].principal(Role.INSPECTOR)):
        seen = await execute(who, LIST)
        assert seen["data"]["penaltyCases"]["totalCount"] == 0
        assert (await execute(who, node))["data"]["node"] is None


async def test_a_page_costs_the_same_for_one_and_for_many(
    clerk: Clerk, execute: Execute, statements: list[str]
) -> None:
    costs = []
    for more in (1, 4):
        for _ in range(more):
            await clerk.court.at(State.PUBLISHED)
        statements.clear()
        answer = await execute(clerk.head, LIST)
        assert answer["errors"] == []
        assert len(answer["data"]["penaltyCases"]["edges"]) in (1, 5)
        costs.append(len(statements))

    assert costs[0] == costs[1] > 8
    account = answer["data"]["penaltyCases"]["edges"][0]["node"]["account"]
    assert account == {"owed": "1000000", "due": [{"amount": "1000000"}]}


GRANT = """mutation($input: GrantPowerInput!) { grantPower(input: $input) {
  power { id power body { id } } errors { code } } }"""
END = """mutation($input: EndPowerInput!) { endPower(input: $input) {
  power { validTo } errors { code } } }"""


async def test_no_body_gives_itself_a_power_and_a_town_none(clerk: Clerk, execute: Execute) -> None:
    world = clerk.court.world
    fire = world.departments["fire"]

    async def grant(who: Principal, body: Any) -> Any:
        given = {
            "bodyId": to_base64("Body", str(body)), "penalise": True, "basis": "赋权决定",
            "document": "渝府发〔2025〕1号", "validFrom": "2025-06-01", "publishedOn": "2025-05-20",
        }  # fmt: skip
        return (await execute(who, GRANT, {"input": given}))["data"]["grantPower"]

    for who, body in (
        (clerk.head, clerk.court.body),
        (clerk.head, fire),
        (world.department("fire"), fire),
    ):
        assert (await grant(who, body))["errors"] == [{"code": "FORBIDDEN"}]
    given = await grant(world.department("fire"), clerk.court.body)
    assert given["errors"] == []
    assert given["power"]["body"]["id"] == to_base64("Body", str(clerk.court.body))

    ends = {"input": {"powerId": given["power"]["id"], "on": "2027-01-01"}}
    refused = (await execute(clerk.head, END, ends))["data"]["endPower"]
    assert refused["errors"] == [{"code": "FORBIDDEN"}]
    ended = (await execute(world.department("gas"), END, ends))["data"]["endPower"]
    assert ended == {"power": {"validTo": "2027-01-01"}, "errors": []}
