"""Risk points through the schema: who may do what, and who sees whose."""

from dataclasses import replace
from typing import Any

import pytest
from strawberry.relay import to_base64

from service.risks.rules import State
from tenants.principal import PUBLIC, Principal
from tenants.rights import Role
from tests.conftest import Execute
from tests.risks.conftest import Desk, member, open_shop

LIST = "{ riskPoints { totalCount edges { node { id name colour premises { name } } } } }"
COVERAGE = "{ riskCoverage { town { name } coverage { numerator denominator value } } }"
NODE = """query($id: ID!) { node(id: $id) { ... on RiskPoint { state hazardIds
  controls { id level } evaluations { method methodVersion score inputs { factor value } } } } }"""
LEVELS = [
    {"level": "L1", "measure": "带队", "responsible": "负责人", "intervalDays": 31},
    {"level": "L2", "measure": "检查", "responsible": "安全部", "intervalDays": 7},
    {"level": "L3", "measure": "巡查", "responsible": "班组长", "intervalDays": 1},
]
FACTORS = [{"factor": k, "value": v} for k, v in (("L", "6"), ("E", "0.5"), ("C", "15"))]


class Officers:
    """Runs acts through the schema."""

    def __init__(self, desk: Desk, execute: Execute) -> None:
        self.desk, self.execute = desk, execute
        self.admin = member(desk.world, Role.TENANT_ADMIN, "account:admin")
        self.party = member(
            desk.world, Role.ENTERPRISE, "account:party", enterprise_id=desk.shop.enterprise_id
        )

    async def do(self, who: Principal, act: str, /, **values: Any) -> Any:
        """The object of one act, or the codes of its refusal."""
        kind = act[0].upper() + act[1:]
        made = "hazard" if act == "recordControlFailure" else "riskPoint"
        text = f"""mutation($input: {kind}Input!) {{ {act}(input: $input) {{
          {made} {{ id state }} errors {{ code message path }} }} }}"""
        answer = await self.execute(who, text, {"input": values})
        assert answer["errors"] == []
        payload = answer["data"][act]
        return payload[made] or [one["code"] for one in payload["errors"]]

    async def identify(self, who: Principal, name: str = "配电室") -> Any:
        """A risk point of the shop."""
        return await self.do(
            who,
            "identifyRiskPoint",
            premisesId=to_base64("Premises", str(self.desk.shop.id)),
            name=name,
            category="ELECTRICAL",
        )

    async def node(self, who: Principal, identity: str) -> Any:
        """The risk point as somebody sees it."""
        return (await self.execute(who, NODE, {"id": identity}))["data"]["node"]


@pytest.fixture
def officers(desk: Desk, execute: Execute) -> Officers:
    return Officers(desk, execute)


async def test_an_enterprise_keeps_its_own_risks(officers: Officers) -> None:
    do, party = officers.do, officers.party
    point = (await officers.identify(party))["id"]
    await do(party, "evaluateRisk", riskPointId=point, method="LEC", inputs=FACTORS)
    graded = await do(party, "gradeRiskPoint", riskPointId=point, raisedTo="RED", reason="直接判定")
    missing = await do(party, "setControls", riskPointId=point, controls=LEVELS[1:])
    seldom = [{**one, "intervalDays": 40} for one in LEVELS]
    refused = await do(party, "setControls", riskPointId=point, controls=seldom)
    await do(party, "setControls", riskPointId=point, controls=LEVELS)
    control = (await officers.node(party, point))["controls"][2]["id"]
    hazard = await do(party, "recordControlFailure", controlId=control, description="未巡查")
    again = await do(party, "recordControlFailure", controlId=control, description="未巡查")
    shown = await officers.node(officers.admin, point)

    assert graded["state"] == "GRADED"
    assert (missing, refused, again) == (["LEVEL_MISSING"], ["TOO_SELDOM"], ["CONFLICT"])
    assert shown["hazardIds"] == [hazard["id"]]
    assert shown["evaluations"] == [
        {
            "method": "LEC",
            "methodVersion": "1",
            "score": "45",
            "inputs": [
                {"factor": "C", "value": "15"},
                {"factor": "E", "value": "0.5"},
                {"factor": "L", "value": "6"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("method", "inputs", "code"),
    [
        ("NONE", FACTORS, "NO_RULE_IN_FORCE"),
        ("LEC", FACTORS[:2], "INVALID"),
        ("LEC", [*FACTORS, FACTORS[0]], "INVALID"),
        ("LEC", [{"factor": "L", "value": "很高"}, *FACTORS[1:]], "INVALID"),
        ("LEC", [{"factor": "L", "value": "sNaN"}, *FACTORS[1:]], "INVALID"),
        ("LEC", [{"factor": "L", "value": "1e99999"}, *FACTORS[1:]], "INVALID"),
    ],
)
async def test_inputs_that_are_no_inputs(
    officers: Officers, method: str, inputs: list[dict[str, str]], code: str
) -> None:
    point = (await officers.identify(officers.admin))["id"]
    refused = await officers.do(
        officers.admin, "evaluateRisk", riskPointId=point, method=method, inputs=inputs
    )

    assert refused == [code]
    assert (await officers.node(officers.admin, point))["evaluations"] == []


async def test_who_sees_whose_risks(officers: Officers, execute: Execute) -> None:
    world = officers.desk.world
    other = await open_shop(world, 0, "安商丙店")
    point = (await officers.identify(officers.admin))["id"]
    stranger = replace(officers.party, enterprise_id=other.enterprise_id)
    beside = member(world, Role.TENANT_ADMIN, "account:b", 1)
    bare = member(world, Role.APP, "app:x")
    people = {
        "party": (officers.party, 1),
        "stranger": (stranger, 0),
        "beside": (beside, 0),
        "fire": (world.department("fire"), 1),
        "gas": (world.department("gas"), 0),
        "emergency": (world.department("emergency"), 1),
        "app": (replace(bare, grants=frozenset({"hazard:read"})), 1),
    }

    for name, (who, expected) in people.items():
        listed = await execute(who, LIST)
        assert listed["data"]["riskPoints"]["totalCount"] == expected, name
        assert (await officers.node(who, point) is not None) == bool(expected), name
    for who in (bare, PUBLIC, world.committee()):
        assert len((await execute(who, LIST))["errors"]) == 1
        assert await officers.node(who, point) is None
    for who, code in (
        (stranger, "NOT_FOUND"),
        (beside, "NOT_FOUND"),
        (world.department("fire"), "FORBIDDEN"),
        (world.committee(), "FORBIDDEN"),
        (people["app"][0], "FORBIDDEN"),
    ):
        refused = await officers.do(
            who, "evaluateRisk", riskPointId=point, method="LEC", inputs=FACTORS
        )
        assert refused == [code]


async def test_a_measure_by_its_id_is_the_towns_own(officers: Officers, execute: Execute) -> None:
    point = await officers.desk.at(State.CONTROLLED)
    control = to_base64("RiskControl", str((await officers.desk.control(point)).id))
    asked = "query($id: ID!) { node(id: $id) { ... on RiskControl { measure } } }"
    world = officers.desk.world
    answers = [
        (await execute(who, asked, {"id": control}))["data"]["node"]
        for who in (officers.admin, officers.party, world.department("fire"), world.committee())
    ]

    assert answers == [{"measure": "巡查"}, None, None, None]


async def test_the_committee_gets_the_coverage_of_each_town(
    officers: Officers, execute: Execute
) -> None:
    await officers.desk.at(State.GRADED)
    await open_shop(officers.desk.world, 0, "安商丙店")
    answer = await execute(officers.desk.world.committee(), COVERAGE)

    assert answer["data"]["riskCoverage"] == [
        {
            "town": {"name": "测试镇0"},
            "coverage": {"numerator": 1, "denominator": 2, "value": 0.5},
        },
        {
            "town": {"name": "测试镇1"},
            "coverage": {"numerator": 0, "denominator": 0, "value": None},
        },
    ]
    assert len((await execute(officers.party, COVERAGE))["errors"]) == 1


async def test_filters_and_methods(officers: Officers, execute: Execute) -> None:
    await officers.desk.at(State.GRADED)
    await officers.identify(officers.admin)
    asked = "query($w: RiskPointWhere) { riskPoints(where: $w) { totalCount } }"
    place = to_base64("Premises", str(officers.desk.shop.id))
    for where, expected in (
        ({"colour": "RED"}, 1),
        ({"state": "IDENTIFIED", "premisesId": place}, 1),
        ({"category": "GAS"}, 0),
    ):
        answer = await execute(officers.admin, asked, {"w": where})
        assert answer["data"]["riskPoints"]["totalCount"] == expected, where
    methods = await execute(
        PUBLIC, "{ riskMethods { method factors { factor values } bands { colour floor } } }"
    )
    found = {one["method"]: one for one in methods["data"]["riskMethods"]}
    assert set(found) == {"LEC", "LS"}
    assert found["LS"]["bands"][0] == {"colour": "RED", "floor": "20"}
