"""File reviews through the schema: one walk, who may do what, what a page costs."""

from datetime import timedelta
from typing import Any

import pytest
from strawberry.relay import to_base64

from service import clock
from tenants.principal import Principal
from tenants.rights import Role
from tests.case_reviews.conftest import GRAVE, PURPOSE, SLIGHT, Panel
from tests.conftest import Execute
from tests.inspections.conftest import TODAY
from tests.inspections.test_api import statements

__all__ = ["statements"]

INPUTS = {
    "acceptReviewResult": "ReviewedFileAct",
    "objectToReviewResult": "ReviewTextInput",
    "excludeReviewedFile": "ReviewTextInput",
}
LIST = """query L($where: ReviewedFileWhere) { reviewedFiles(where: $where, first: 50) { totalCount
  edges { node { id state score grade caseNumber possibleSteps body { name } town { name }
  reviews { slot score reviewer points { criterion deducted } }
  findings { criterion note correction } rubric { spread criteria { code } } } } } }"""


async def do(execute: Execute, who: Principal, name: str, shown: str, **values: Any) -> Any:
    """What an act answers with, or the codes of its refusal."""
    kind = INPUTS.get(name, name[0].upper() + name[1:] + "Input")
    field = shown.split()[0]
    answer = await execute(
        who,
        f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {shown} errors {{ code }} }} }}",
        {"input": values},
    )
    assert answer["errors"] == []
    payload = answer["data"][name]
    return payload[field] or [one["code"] for one in payload["errors"]]


async def test_a_review_from_the_lists_to_the_correction(panel: Panel, execute: Execute) -> None:
    world, town = panel.world, panel.world.towns[0].principal()
    committee, fire, market = (
        world.committee(),
        world.department("fire"),
        world.department("market"),
    )
    case = await panel.case()
    round_ = await do(
        execute, committee, "commitReviewRound", "round { id state objects document seed }",
        title="上半年案卷评查", closedFrom=str(TODAY - timedelta(days=9)), closedTo=str(TODAY),
        perTown=1, seedSource="双色球第2026100期",
        seedKnownAfter=(clock.now() + timedelta(minutes=20)).isoformat(),
    )  # fmt: skip
    identity = round_.pop("id")
    assert round_ == {"state": "COMMITTED", "objects": 1, "document": None, "seed": None}
    panel.later(minutes=30)
    drawn = await do(
        execute, committee, "drawReviewRound", "round { state drawn document }",
        roundId=identity, seed="07 12 19",
    )  # fmt: skip
    assert (drawn["state"], drawn["drawn"]) == ("DRAWN", 1)
    assert str(case.id) in drawn["document"]
    await panel.work()

    seen = await execute(town, LIST)
    node = seen["data"]["reviewedFiles"]["edges"][0]["node"]
    file = {"fileId": node["id"]}
    assert (node["state"], node["caseNumber"]) == ("DRAWN", case.number)
    score = {"findings": [{"criterion": "ARCHIVE", "deducted": 2, "note": "无目录"}],
             "opinion": "总体较好", **file}  # fmt: skip
    said = [
        await do(execute, committee, "scoreReviewedFile", "file { state }", **score),
        await do(execute, fire, "scoreReviewedFile", "file { state }", **score),
        await do(execute, fire, "readReviewedCase", "case { number act }", purpose="看", **file),
    ]
    assert said == [["FORBIDDEN"], ["NOT_READ"], ["INVALID"]]
    for who in (committee, fire, market):
        read = await do(execute, who, "readReviewedCase", "case { number act history { step } }",
                        purpose=PURPOSE, **file)  # fmt: skip
        assert (read["number"], read["act"]) == (case.number, case.act)
    receipts = "{ accessReceipts(first: 10) { edges { node { readerName purpose } } } }"
    left = (await execute(town, receipts))["data"]["accessReceipts"]["edges"]
    assert {one["node"]["readerName"] for one in left} == {"专委", "fire", "market"}

    said = [
        await do(execute, fire, "scoreReviewedFile", "file { state reviews { slot } }", **score),
        await do(execute, market, "scoreReviewedFile", "file { state score grade }", **score),
        await do(execute, fire, "acceptReviewResult", "file { state }", **file),
        await do(execute, town, "acceptReviewResult", "file { state }", **file),
        await do(execute, town, "correctReviewedFile", "file { state }", **file,
                 corrections=[{"criterion": "ARCHIVE", "text": "已补目录"}]),
        await do(execute, town, "judgeFileCorrection", "file { state }", accepted=True, **file),
        await do(execute, market, "judgeFileCorrection", "file { state closedOn }",
                 accepted=True, **file),
    ]  # fmt: skip
    assert said == [
        {"state": "SCORED_ONCE", "reviews": []},
        {"state": "RESULT", "score": 98.0, "grade": "EXCELLENT"},
        ["FORBIDDEN"],
        {"state": "OWED"},
        {"state": "CORRECTED"},
        ["FORBIDDEN"],
        {"state": "CLOSED", "closedOn": str(TODAY)},
    ]


@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.INSPECTOR, Role.APP])
async def test_who_neither_organises_nor_reviews_does_neither(
    panel: Panel, execute: Execute, role: Role
) -> None:
    who = panel.court.member(role, "account:x", enterprise_id=panel.court.shop.enterprise_id)
    given = {"roundId": to_base64("ReviewRound", "x"), "seed": "1"}
    assert await do(execute, who, "drawReviewRound", "round { id }", **given) == ["FORBIDDEN"]
    seen = await execute(who, "{ reviewedFiles { totalCount } reviewRounds { totalCount } }")
    if role is Role.INSPECTOR:
        assert seen["data"] == {
            "reviewedFiles": {"totalCount": 0}, "reviewRounds": {"totalCount": 0}
        }  # fmt: skip
    else:
        assert seen["data"] is None


async def test_another_town_sees_no_file_and_a_town_no_round(
    panel: Panel, execute: Execute
) -> None:
    row = await panel.result()
    node = f'{{ node(id: "{to_base64("ReviewedFile", str(row.id))}") {{ id }} }}'
    round_ = f'{{ node(id: "{to_base64("ReviewRound", str(row.round_id))}") {{ id }} }}'
    own, other = (town.principal() for town in panel.world.towns)

    assert (await execute(own, node))["data"]["node"] is not None
    assert (await execute(other, node))["data"]["node"] is None
    assert (await execute(own, round_))["data"]["node"] is None
    assert (await execute(panel.world.committee(), round_))["data"]["node"] is not None


async def test_counts_stand_town_by_town(panel: Panel, execute: Execute) -> None:
    await panel.result()
    document = f"""{{ caseReviewCounts(since: "{TODAY}") {{ town {{ name }} reviewed excellent
      defects defectRate correctedOnTime {{ value }} }}
      caseReviewRubric {{ spread criteria {{ code veto }} bands {{ grade least }} }} }}"""

    answer = await execute(panel.world.committee(), document)

    assert answer["data"]["caseReviewCounts"] == [
        {"town": {"name": "测试镇0"}, "reviewed": 1, "excellent": 1, "defects": 1,
         "defectRate": 1.0, "correctedOnTime": {"value": None}},
        {"town": {"name": "测试镇1"}, "reviewed": 0, "excellent": 0, "defects": 0,
         "defectRate": None, "correctedOnTime": {"value": None}},
    ]  # fmt: skip
    assert len(answer["data"]["caseReviewRubric"]["criteria"]) == 13


async def test_a_page_costs_the_same_for_one_and_for_many(
    panel: Panel, execute: Execute, statements: list[str]
) -> None:
    costs = []
    for findings in (SLIGHT, GRAVE):
        await panel.result(findings)
        statements.clear()
        answer = await execute(panel.world.department("gas"), LIST)
        assert answer["errors"] == []
        costs.append(len(statements))

    assert len(answer["data"]["reviewedFiles"]["edges"]) == 2
    assert costs[0] == costs[1] > 5
