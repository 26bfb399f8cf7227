"""Prevention, told by its people: a shop checks itself, puts right what failed, and it counts.

A routine check that falls due today fails at one item, and the hazard is there at once.  The shop
puts it right, somebody else looks and closes it, and the measure of the town moves by one.
"""

from typing import Any

import pytest

from service.clock import legal_day, now

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

TODAY = legal_day(now())


async def closure(town: Any) -> tuple[int, int]:
    """Hazards of the town found today: closed ones, and all."""
    day = TODAY.isoformat()
    measured = await town.ask("Indicators", since=day, until=day)
    (line,) = [one for one in measured if one["code"] == "hazard_closure"]
    (own,) = line["values"] or [{"numerator": 0, "denominator": 0}]
    return own["numerator"], own["denominator"]


async def test_what_a_check_finds_is_put_right_and_counts(sign_in: Any) -> None:
    shop, town = await sign_in("enterprise"), await sign_in("town-admin")
    closed, found = await closure(town)

    # What is due today was made by the shop's own calendar.
    due = await shop.ask("DueRoutineChecks")
    check = next(edge["node"] for edge in due["edges"] if edge["node"]["period"] == str(TODAY))
    answers: list[dict[str, Any]] = [
        {"item": number, "passed": True} for number in range(1, len(check["items"]) + 1)
    ]
    answers[0] = {"item": 1, "passed": False, "remark": "通道被货物占用", "category": "FIRE"}
    filled = await shop.act("FillRoutineCheck", checkId=check["id"], answers=answers)
    assert filled["check"]["state"] == "DONE"
    hazards = await shop.ask("Hazards", where={"state": "FOUND"})
    hazard = next(
        edge["node"]["id"] for edge in hazards["edges"] if edge["node"]["foundOn"] == str(TODAY)
    )

    # The same check is not filled twice.
    assert await shop.refused("FillRoutineCheck", checkId=check["id"], answers=answers) == (
        "ALREADY_FILLED"
    )

    # The shop found it itself, so it grades, assigns and puts it right itself.
    await shop.act("GradeHazard", hazardId=hazard, grade="GENERAL")
    await shop.act("AssignHazard", hazardId=hazard, responsible="店长", dueOn=str(TODAY))
    await shop.act("PlanRectification", hazardId=hazard, measures="清理通道并划线")
    await shop.act("SubmitRectification", hazardId=hazard, result="已清理")
    assert await closure(town) == (closed, found + 1)

    # It cannot say itself that it is done: somebody else looks.
    assert await shop.refused("VerifyHazard", hazardId=hazard, finding="已清理") == "FORBIDDEN"
    await town.act("VerifyHazard", hazardId=hazard, finding="现场已畅通")
    done = await town.act("CloseHazard", hazardId=hazard)
    assert done["hazard"]["state"] == "CLOSED"
    assert await closure(town) == (closed + 1, found + 1)
