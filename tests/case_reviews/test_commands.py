"""File reviews with real rows: drawn without choice, scored blind, objected to, corrected."""

import json
from datetime import timedelta

import pytest
from tortoise.exceptions import IntegrityError

from service import clock
from service.case_reviews import commands, overdue, queries, rounds
from service.case_reviews.records import FileFinding, FileReview, ReviewedFile, ReviewRound
from service.case_reviews.rules import (
    AlreadyReviewed,
    Finding,
    NotRead,
    Partial,
    TooLate,
    WrongStep,
)
from service.draws import redraw
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.ids import new_id
from service.receipts import AccessReceipt
from tenants.records import owned
from tenants.wall import tenant_transaction
from tests.case_reviews.conftest import GRAVE, PURPOSE, SLIGHT, VETO, Panel
from tests.inspections.conftest import TODAY


async def test_the_files_are_those_that_anybody_draws_again(panel: Panel) -> None:
    cases = {str((await panel.case()).id) for _ in range(4)}
    files = await panel.drawn()

    async with tenant_transaction(panel.world.committee().scope, read_only=True):
        row = await ReviewRound.get(id=files[0].round_id)
    again = redraw.redraw(row.document.encode(), row.seed or "")
    assert again["commitment"] == row.commitment
    drawn = {one["object"] for one in again["drawn"]}  # type: ignore[attr-defined]
    assert {str(one.case_id) for one in files} == drawn
    assert len(drawn) == 2
    assert drawn < cases
    listed = {o["id"] for s in json.loads(row.document)["strata"] for o in s["objects"]}
    assert listed == cases


async def test_a_file_is_drawn_once_and_a_round_opened_twice_changes_nothing(panel: Panel) -> None:
    await panel.case()
    (first,) = await panel.drawn()

    with pytest.raises(Invalid, match="no file was closed"):
        await panel.committed()
    await panel.case()
    (second,) = await panel.drawn(title="下半年案卷评查")
    assert first.case_id != second.case_id
    with pytest.raises(IntegrityError):
        async with tenant_transaction(panel.world.towns[0].scope()):
            await ReviewedFile.filter(id=second.id).update(case_id=first.case_id)


async def test_a_file_that_two_rounds_draw_is_reviewed_once(panel: Panel) -> None:
    case = await panel.case()
    rows = [await panel.committed(title=f"第{number}轮") for number in (1, 2)]
    panel.later(minutes=30)
    for row in rows:
        async with tenant_transaction(panel.world.committee().scope):
            await rounds.draw(panel.world.office, row.id, "07 12 19")

    assert (await panel.work()).count("case_reviews.open_files") == 2
    opened = [file for row in rows for file in await panel.files(row.id)]
    assert [file.case_id for file in opened] == [case.id]


async def test_nobody_draws_before_the_seed_is_public_and_nobody_twice(panel: Panel) -> None:
    await panel.case()
    row = await panel.committed()
    scope, office = panel.world.committee().scope, panel.world.office

    with pytest.raises(Conflict, match="not yet public"):
        async with tenant_transaction(scope):
            await rounds.draw(office, row.id, "早")
    panel.later(minutes=30)
    async with tenant_transaction(scope):
        await rounds.draw(office, row.id, "晚")
    async with tenant_transaction(scope):  # a repeat changes nothing
        assert (await rounds.draw(office, row.id, "晚")).seed == "晚"
    for act in (rounds.draw, rounds.void):
        with pytest.raises(Conflict):
            async with tenant_transaction(scope):
                await act(office, row.id, "另一个种子")
    with pytest.raises(NotFound):
        async with tenant_transaction(panel.world.towns[0].scope()):
            await rounds.draw(panel.world.towns[0].owner, row.id, "晚")


async def test_two_reviewers_agree_and_the_body_corrects_what_they_found(panel: Panel) -> None:
    row = await panel.file()
    once = await panel.score(row, "fire", SLIGHT)
    assert (once.state, once.score_tenths) == ("SCORED_ONCE", None)
    both = await panel.score(row, "market", [Finding("ARCHIVE", 3, "无封底")])
    assert (both.state, both.score_tenths, both.grade) == ("RESULT", 975, "EXCELLENT")
    assert both.object_by is not None
    assert both.object_by > TODAY

    owed = await panel.body(commands.accept_result, row)
    assert owed.state == "OWED"
    assert owed.correct_by > owed.object_by
    with pytest.raises(Invalid, match="each defect"):
        await panel.body(commands.correct, row, {})
    done = await panel.body(commands.correct, row, {"ARCHIVE": "已补目录并重新装订"})
    assert done.state == "CORRECTED"
    back = await panel.by("fire", commands.judge_correction, row, accepted=False, reason="仍缺封底")
    assert (back.state, back.returned, back.corrected_on) == ("OWED", "仍缺封底", None)
    await panel.body(commands.correct, row, {"ARCHIVE": "已补封底"})
    closed = await panel.by("fire", commands.judge_correction, row, accepted=True)
    assert (closed.state, closed.closed_on) == ("CLOSED", TODAY)
    async with tenant_transaction(panel.world.towns[0].scope(), read_only=True):
        (defect,) = await FileFinding.filter(file_id=row.id)
    assert (defect.deducted, defect.note) == (3, "卷内目录缺页码；无封底")
    assert defect.correction == "已补封底"


async def test_a_file_without_a_defect_is_done_with_at_once(panel: Panel) -> None:
    row = await panel.result([])

    assert (row.grade, row.score_tenths) == ("EXCELLENT", 1000)
    assert (await panel.body(commands.accept_result, row)).state == "CLOSED"


async def test_a_third_decides_where_two_are_far_apart(panel: Panel) -> None:
    split = await panel.result(SLIGHT, GRAVE)
    assert (split.state, split.result_on) == ("SPLIT", None)

    with pytest.raises(AlreadyReviewed):
        await panel.score(split, "fire", [])
    decided = await panel.score(split, "gas", GRAVE)
    assert (decided.state, decided.score_tenths, decided.grade) == ("RESULT", 650, "QUALIFIED")


async def test_one_veto_makes_a_file_unqualified_if_both_say_so(panel: Panel) -> None:
    split = await panel.result(SLIGHT, VETO)
    assert split.state == "SPLIT"

    decided = await panel.score(split, "gas", VETO)
    assert (decided.grade, decided.vetoed, decided.score_tenths) == ("UNQUALIFIED", True, 1000)


async def test_nobody_scores_a_file_unread_nor_of_the_own_body(panel: Panel) -> None:
    row = await panel.file()

    with pytest.raises(NotRead):
        await panel.by("fire", commands.score, row, SLIGHT, "已评阅")
    async with tenant_transaction(panel.world.department_scope("account:own")):
        await commands.read(row.id, "本镇法制员", PURPOSE)
    with pytest.raises(Partial):
        async with tenant_transaction(panel.world.department_scope("account:own")):
            own = commands.Reviewer("本镇法制员", panel.court.body)
            await commands.score(row.id, own, [], "无问题")
    for hand in ("account:inspector", "account:reviewer", "account:head"):
        async with tenant_transaction(panel.world.department_scope(hand)):
            await commands.read(row.id, "调来的人", PURPOSE)
        with pytest.raises(Partial):
            async with tenant_transaction(panel.world.department_scope(hand)):
                await commands.score(row.id, panel.reviewer("fire"), [], "无问题")
    assert (await panel.reload(row)).state == "DRAWN"
    async with tenant_transaction(panel.world.towns[0].scope(), read_only=True):
        assert await FileReview.filter(file_id=row.id).count() == 0
        receipts = await AccessReceipt.filter(subject=f"PenaltyCase:{row.case_id}")
    assert {one.reader for one in receipts} == {
        "account:own", "account:inspector", "account:reviewer", "account:head",
    }  # fmt: skip
    assert {one.purpose for one in receipts} == {PURPOSE}


async def test_the_database_knows_no_result_without_two_reviewers_of_other_bodies(
    panel: Panel,
) -> None:
    row = await panel.file()
    result = {"state": "RESULT", "score_tenths": 1000, "grade": "EXCELLENT", "result_on": TODAY}

    async def write(body: object, slot: int, actor: str) -> None:
        async with tenant_transaction(panel.world.department_scope()):
            await FileReview.create(
                id=new_id(), **owned(row.owner), file_id=row.id, slot=slot, reviewer=actor,
                reviewer_name="甲", body_id=body, case_body_id=row.body_id, score_tenths=1000,
                vetoed=False, at=clock.now(),
            )  # fmt: skip

    fire = panel.world.departments["fire"]
    with pytest.raises(IntegrityError):
        await write(panel.court.body, 1, "account:x")
    await write(fire, 1, "account:x")
    for slot, actor in ((1, "account:y"), (2, "account:x"), (5, "account:y")):
        with pytest.raises(IntegrityError):
            await write(fire, slot, actor)
    with pytest.raises(IntegrityError):
        async with tenant_transaction(panel.world.department_scope()):
            await ReviewedFile.filter(id=row.id).update(**result)
    assert (await panel.reload(row)).state == "DRAWN"


async def test_an_objection_gets_a_second_opinion_from_somebody_new(panel: Panel) -> None:
    row = await panel.result(GRAVE)
    with pytest.raises(Forbidden):
        async with tenant_transaction(panel.scope("fire")):
            await commands.object_to(row.id, panel.world.departments["fire"], "不服该结果")
    await panel.body(commands.object_to, row, "照片说明在卷内第12页")

    await panel.read(row, "gas")
    with pytest.raises(AlreadyReviewed):
        await panel.by("fire", commands.answer, row, "复核后维持原结果", None)
    final = await panel.by(
        "gas", commands.answer, row, "证据部分成立", [Finding("FACTS", 5, "主体表述不全")]
    )
    assert (final.state, final.score_tenths, final.grade) == ("OWED", 950, "EXCELLENT")
    assert (final.revised, final.answer) == (True, "证据部分成立")
    with pytest.raises(WrongStep):
        await panel.body(commands.object_to, row, "再次提出异议")


async def test_an_objection_that_fails_leaves_the_result(panel: Panel) -> None:
    row = await panel.result(GRAVE)
    await panel.body(commands.object_to, row, "照片说明在卷内第12页")
    await panel.read(row, "gas")

    final = await panel.by("gas", commands.answer, row, "第12页并无说明，维持", None)
    assert (final.state, final.score_tenths, final.revised) == ("OWED", 650, False)
    async with tenant_transaction(panel.world.towns[0].scope(), read_only=True):
        assert await FileFinding.filter(file_id=row.id).count() == 2
        slots = await FileReview.filter(file_id=row.id).order_by("slot").values_list("slot")
    assert [slot for (slot,) in slots] == [1, 2, 4]


async def test_a_result_stands_once_the_days_are_over_and_nobody_objects_late(
    panel: Panel,
) -> None:
    row = await panel.result()
    assert row.object_by is not None
    district = panel.world.district_id
    assert await overdue.let_stand(district, row.object_by) == []
    after = row.object_by + timedelta(days=1)
    panel.later(days=(after - TODAY).days)

    with pytest.raises(TooLate):
        await panel.body(commands.object_to, row, "照片说明在卷内第12页")
    assert await overdue.let_stand(district, after) == [row.id]
    assert await overdue.let_stand(district, after) == []
    assert (await panel.reload(row)).state == "OWED"


async def test_a_file_is_taken_out_with_its_reason_and_may_be_drawn_again(panel: Panel) -> None:
    row = await panel.file()
    await panel.read(row, "fire")

    gone = await panel.by("fire", commands.exclude, row, "案件正在复议")
    assert (gone.state, gone.excluded) == ("EXCLUDED", "案件正在复议")
    (again,) = await panel.drawn(title="补抽")
    assert again.case_id == row.case_id
    with pytest.raises(WrongStep):
        await panel.score(row, "market", [])


async def test_numbers_of_a_town_are_those_of_its_files(panel: Panel) -> None:
    slight = await panel.result()
    await panel.body(commands.accept_result, slight)
    grave = await panel.result(GRAVE)
    await panel.body(commands.object_to, grave, "照片说明在卷内第12页")

    async with tenant_transaction(panel.world.committee().scope, read_only=True):
        # Two draws take an hour, which late in the day ends on the next one.
        until = TODAY + timedelta(days=1)
        found = await queries.counts(TODAY, until, TODAY + timedelta(days=60))
    assert set(found) == {panel.world.towns[0].owner.tenant_id}
    counts = found[panel.world.towns[0].owner.tenant_id]
    assert (counts.reviewed, counts.excellent, counts.qualified) == (2, 1, 1)
    assert (counts.defects, counts.defect_rate, counts.objected) == (3, 1.5, 1)
    assert (counts.corrected_on_time.numerator, counts.corrected_on_time.denominator) == (0, 1)
