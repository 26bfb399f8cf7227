"""A district is measured, scored, objected to and corrected, through the schema."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.hazards.rules import State
from service.indicators import scoring
from service.indicators.records import IndicatorSnapshot, IndicatorValue, ScoreSheet
from tenants.rights import Role
from tenants.wall import tenant_transaction
from tests.conftest import Execute, Work, World
from tests.hazards.conftest import Desk, open_shop

TODAY = clock.legal_day(clock.now())
PERIOD = {"since": str(TODAY - timedelta(days=30)), "until": str(TODAY)}
READ = """query ($since: Date!, $until: Date!) { indicators(since: $since, until: $until) {
    code scored mayBeScored weight sources { table column forbiddenBy }
    values { town { name } numerator denominator value }
    total { numerator denominator value } } }"""
SCORE = """mutation ($input: TakeIndicatorSnapshotInput!) { takeIndicatorSnapshot(input: $input) {
    snapshot { id } errors { code path } } }"""
CHOOSE = """mutation ($input: ChooseIndicatorInput!) { chooseIndicator(input: $input) {
    choice { code scored weight target } errors { code message path } } }"""
SHEETS = """{ scoreSheets { edges { node { id version score town { name }
    lines { code weight numerator denominator attained } appeal { id state answer } } } } }"""
APPEAL = """mutation ($input: AppealScoreInput!) { appealScore(input: $input) {
    appeal { id state } errors { code message path } } }"""
ANSWER = """mutation ($input: AnswerScoreAppealInput!) { answerScoreAppeal(input: $input) {
    appeal { id } errors { code message path } } }"""


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world, await open_shop(world))


async def measured(execute: Execute, principal: Any) -> dict[str, Any]:
    answer = await execute(principal, READ, PERIOD)
    assert answer["errors"] == []
    return {one["code"]: one for one in answer["data"]["indicators"]}


async def sheets(execute: Execute, principal: Any) -> list[dict[str, Any]]:
    answer = await execute(principal, SHEETS)
    assert answer["errors"] == []
    return [edge["node"] for edge in answer["data"]["scoreSheets"]["edges"]]


async def scored(execute: Execute, work: Work, world: World) -> None:
    answer = await execute(world.committee(), SCORE, {"input": PERIOD})
    assert answer["data"]["takeIndicatorSnapshot"]["errors"] == []
    assert "indicators.take_snapshot" in await work()


async def test_the_committee_sees_each_town_and_all_together(desk: Desk, execute: Execute) -> None:
    await desk.at(State.CLOSED)
    await desk.at(State.ASSIGNED)

    closure = (await measured(execute, desk.world.committee()))["hazard_closure"]

    assert [(v["numerator"], v["denominator"], v["value"]) for v in closure["values"]] == [
        (1, 2, 0.5),
        (0, 0, None),
    ]
    assert closure["total"] == {"numerator": 1, "denominator": 2, "value": 0.5}
    assert {"table": "hazards", "column": "state", "forbiddenBy": None} in closure["sources"]


async def test_a_town_sees_its_own_numbers_only(desk: Desk, execute: Execute) -> None:
    await desk.at(State.CLOSED)

    own = (await measured(execute, desk.world.towns[1].principal()))["hazard_closure"]

    assert [(v["town"]["name"], v["denominator"]) for v in own["values"]] == [("测试镇1", 0)]


async def test_inspections_are_shown_and_never_scored(world: World, execute: Execute) -> None:
    visits = (await measured(execute, world.committee()))["joint_visits"]
    assert (visits["scored"], visits["mayBeScored"]) == (False, False)

    chosen = {"code": "joint_visits", "year": 2026, "scored": True, "target": 1}
    answer = await execute(world.committee(), CHOOSE, {"input": chosen})

    refusal = answer["data"]["chooseIndicator"]
    assert refusal["choice"] is None
    assert [error["code"] for error in refusal["errors"]] == ["TAINTED"]


async def test_only_the_committee_chooses(world: World, execute: Execute) -> None:
    chosen = {"code": "hazard_closure", "year": 2026, "scored": False}
    for principal in (world.towns[0].principal(), world.department("fire")):
        answer = await execute(principal, CHOOSE, {"input": chosen})
        errors = answer["data"]["chooseIndicator"]["errors"]
        assert [error["code"] for error in errors] == ["FORBIDDEN"]


async def test_a_town_is_scored_by_what_the_committee_chose(
    desk: Desk, execute: Execute, work: Work
) -> None:
    await desk.at(State.CLOSED)
    await desk.at(State.ASSIGNED)
    committee = desk.world.committee()
    for code in ("risk_coverage", "hazard_recurrence", "hazard_on_time"):
        off = {"code": code, "year": TODAY.year, "scored": False}
        assert (await execute(committee, CHOOSE, {"input": off}))["data"]["chooseIndicator"][
            "choice"
        ]

    await scored(execute, work, desk.world)

    (own,) = await sheets(execute, desk.world.towns[0].principal())
    assert own["score"] == 50.0
    kept = {line["code"]: line for line in own["lines"]}
    assert kept["hazard_closure"]["numerator"] == 1
    assert kept["major_five_conditions"]["attained"] is None
    assert "risk_coverage" not in kept
    both = await sheets(execute, committee)
    assert {sheet["town"]["name"]: sheet["score"] for sheet in both} == {
        "测试镇0": 50.0,
        "测试镇1": None,
    }


async def test_an_upheld_objection_makes_a_corrected_sheet_and_keeps_the_old(
    desk: Desk, execute: Execute, work: Work
) -> None:
    await desk.at(State.ASSIGNED)
    await scored(execute, work, desk.world)
    town, committee = desk.world.towns[0].principal(), desk.world.committee()
    (sheet,) = await sheets(execute, town)
    objection = {"sheetId": sheet["id"], "text": "该隐患已于期内整改"}
    raised = (await execute(town, APPEAL, {"input": objection}))["data"]["appealScore"]
    assert raised["appeal"]["state"] == "OPEN"
    again = (await execute(town, APPEAL, {"input": objection}))["data"]["appealScore"]
    assert [error["code"] for error in again["errors"]] == ["CONFLICT"]

    right = [{"code": "hazard_closure", "numerator": 1, "denominator": 1}]
    reply = {"appealId": raised["appeal"]["id"], "upheld": True, "text": "属实"}
    bare = (await execute(committee, ANSWER, {"input": reply}))["data"]["answerScoreAppeal"]
    assert [error["path"] for error in bare["errors"]] == [["input", "corrections"]]
    answer = await execute(committee, ANSWER, {"input": {**reply, "corrections": right}})
    assert answer["data"]["answerScoreAppeal"]["errors"] == []
    await work()

    newer, older = await sheets(execute, town)
    assert (newer["version"], older["version"]) == (2, 1)
    assert older["appeal"] == {
        "id": raised["appeal"]["id"],
        "state": "UPHELD",
        "answer": "属实",
    }
    assert newer["score"] > older["score"]
    late = (await execute(town, APPEAL, {"input": objection}))["data"]["appealScore"]
    assert [error["code"] for error in late["errors"]] == ["CONFLICT"]


async def test_one_town_cannot_object_for_another_nor_answer(
    desk: Desk, execute: Execute, work: Work
) -> None:
    await scored(execute, work, desk.world)
    (sheet,) = await sheets(execute, desk.world.towns[0].principal())
    other = desk.world.towns[1].principal()

    answer = await execute(other, APPEAL, {"input": {"sheetId": sheet["id"], "text": "异议"}})

    assert [e["code"] for e in answer["data"]["appealScore"]["errors"]] == ["NOT_FOUND"]
    inspector = desk.world.towns[0].principal(Role.INSPECTOR)
    answer = await execute(inspector, APPEAL, {"input": {"sheetId": sheet["id"], "text": "异议"}})
    assert [e["code"] for e in answer["data"]["appealScore"]["errors"]] == ["FORBIDDEN"]


async def test_a_period_that_has_not_ended_is_not_scored(world: World, execute: Execute) -> None:
    later = {"since": str(TODAY), "until": str(TODAY + timedelta(days=1))}

    answer = await execute(world.committee(), SCORE, {"input": later})

    errors = answer["data"]["takeIndicatorSnapshot"]["errors"]
    assert [(error["code"], error["path"]) for error in errors] == [("INVALID", ["input", "until"])]


async def test_the_month_that_ended_is_measured_once_by_itself(world: World, work: Work) -> None:
    for _ in range(2):
        await scoring.measure_last_month()
        await work()

    async with tenant_transaction(world.committee().scope, read_only=True):
        (snapshot,) = await IndicatorSnapshot.all()
        values = await IndicatorValue.all()
        assert await ScoreSheet.all().count() == 0
    assert snapshot.state == "TAKEN"
    assert snapshot.until < TODAY
    assert snapshot.until + timedelta(days=1) == TODAY.replace(day=1)
    assert snapshot.digest == scoring.digest(values)


async def test_measured_values_cannot_be_rewritten(
    desk: Desk, execute: Execute, work: Work
) -> None:
    await desk.at(State.ASSIGNED)
    await scored(execute, work, desk.world)

    for model in (IndicatorValue, ScoreSheet):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_transaction(desk.world.towns[0].scope()):
                await model.all().delete()
