"""Objections: verified and answered in time, by a correction, a withdrawal or a refusal."""

from datetime import date
from typing import Any

import pytest

from service.blacklist import objections, overdue
from service.blacklist.records import BlacklistCase, BlacklistObjection
from service.blacklist.rules import BodyId, NotDecidingBody, ObjectionOutcome, WrongStep
from service.errors import Conflict, Invalid
from tenants.wall import tenant_transaction
from tests.blacklist.procedure import Desk, at
from tests.conftest import Work, World

O = ObjectionOutcome  # noqa: E741


@pytest.fixture
async def desk(world: World) -> Desk:
    return Desk(world)


async def listed(desk: Desk, work: Work) -> BlacklistCase:
    case = await desk.served()
    await work()
    return case


async def lodge(desk: Desk, case: BlacklistCase, claim: str = "事由与处罚决定不符") -> Any:
    async with tenant_transaction(desk.world.towns[0].scope()):
        return await objections.lodge(case.id, claim)


async def answer(
    desk: Desk, row: BlacklistObjection, outcome: ObjectionOutcome, **more: Any
) -> Any:
    body = more.pop("body", desk.body)
    text = more.pop("text", "经核实，处罚决定书所载事由如下")
    async with tenant_transaction(desk.scope):
        return await objections.answer(row.id, body, outcome, text, **more)


async def reload(desk: Desk, row: BlacklistObjection) -> BlacklistObjection:
    async with tenant_transaction(desk.scope, read_only=True):
        return await BlacklistObjection.get(id=row.id)


@pytest.mark.parametrize(
    ("outcome", "more", "state"),
    [
        (O.CORRECTED, {"cause": "未按规定开展应急演练"}, "CORRECTED"),
        (O.WITHDRAWN, {}, "WITHDRAWN"),
        (O.REFUSED, {}, "PUBLISHED"),
    ],
)
async def test_an_answer_changes_the_entry_in_the_same_transaction(
    desk: Desk, work: Work, outcome: ObjectionOutcome, more: dict[str, Any], state: str
) -> None:
    case = await listed(desk, work)
    row = await lodge(desk, case)

    answered, after = await answer(desk, row, outcome, **more)

    assert (answered.outcome, after.state) == (outcome.value, state)
    assert (await desk.reload(case)).state == state


async def test_an_answer_is_owed_within_its_days_and_lateness_warns_once(
    desk: Desk, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, date(2026, 6, 1))
    row = await lodge(desk, await listed(desk, work))
    assert row.due_on == date(2026, 6, 10)

    for day, expected in ((10, []), (11, [row.id]), (12, [])):
        marked = await overdue.mark_overdue(desk.world.district_id, date(2026, 6, day))
        assert marked["blacklist.objection_overdue"] == expected
    assert objections.is_late(await reload(desk, row), date(2026, 6, 12))


async def test_a_second_objection_waits_for_the_answer_to_the_first(desk: Desk, work: Work) -> None:
    case = await listed(desk, work)
    row = await lodge(desk, case)
    with pytest.raises(Conflict):
        await lodge(desk, case)
    await answer(desk, row, O.REFUSED)

    again = await lodge(desk, case, "新的证据")

    assert again.id != row.id


async def test_a_refused_answer_changes_nothing(desk: Desk, work: Work) -> None:
    case = await listed(desk, work)
    row = await lodge(desk, case)

    with pytest.raises(NotDecidingBody):
        await answer(desk, row, O.WITHDRAWN, body=BodyId(desk.world.towns[0].body_id))
    with pytest.raises(Invalid):
        await answer(desk, row, O.CORRECTED)
    with pytest.raises(Invalid):
        await answer(desk, row, O.REFUSED, text=" ")
    assert (await reload(desk, row)).outcome == ""
    assert (await desk.reload(case)).state == "PUBLISHED"

    await answer(desk, row, O.REFUSED)
    with pytest.raises(WrongStep):
        await answer(desk, row, O.WITHDRAWN)
    assert (await desk.reload(case)).state == "PUBLISHED"


async def test_nothing_is_objected_to_before_it_is_public(desk: Desk) -> None:
    case = await desk.decided()

    with pytest.raises(WrongStep):
        await lodge(desk, case)
