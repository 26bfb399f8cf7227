"""Job three, joint enforcement: three bodies want to inspect one shop, and come once.

Each body says what it wants and when.  The planner merges what can be merged and proves how few
visits would have been possible.  The bodies that lead visits approve; only then is anything
reserved and announced.  The committee asks for the plan and never has a demand of its own.
"""

from datetime import timedelta
from typing import Any

import pytest

from service.clock import legal_day, now

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

# A month that the demo's own demands do not reach, so that this plan holds ours alone.
FIRST_DAY = legal_day(now()) + timedelta(days=280)
LAST_DAY = FIRST_DAY + timedelta(days=27)


def demand(premises: str, item: str, minutes: int) -> dict[str, Any]:
    """What a body wants to inspect, in any of four weeks."""
    return {
        "premisesId": premises,
        "kind": "ROUTINE",
        "items": [item],
        "releaseOn": FIRST_DAY.isoformat(),
        "dueOn": LAST_DAY.isoformat(),
        "minutes": minutes,
        "risk": 3,
        "mandatory": True,
        "basis": "中华人民共和国安全生产法第六十五条",
    }


async def shop(town: Any, number: str) -> tuple[str, str]:
    """A new enterprise of the town and its premises."""
    enterprise = await town.act(
        "EnrolEnterprise", name=f"联检示例超市{number}", alternateId=f"9901126000002{number}"
    )
    premises = await town.act(
        "AddPremises",
        enterpriseId=enterprise["enterprise"]["id"],
        name="联检示例超市",
        address=f"测试大道 {number} 号",
        latitude=29.72,
        longitude=106.63,
    )
    return enterprise["enterprise"]["id"], premises["premises"]["id"]


async def test_three_bodies_come_in_one_visit(sign_in: Any) -> None:
    town, committee = await sign_in("town-admin"), await sign_in("committee")
    emergency, commerce = await sign_in("emergency"), await sign_in("commerce")
    enterprise, premises = await shop(town, "01")

    # Each body wants something else of the same shop in the same month.
    for body, item, minutes in (
        (emergency, "emergency.exits", 90),
        (commerce, "commerce.records", 40),
        (town, "town.signs", 30),
    ):
        submitted = await body.act("SubmitInspectionDemand", **demand(premises, item, minutes))
        assert submitted["demand"]["state"] == "SUBMITTED"

    # The committee cannot ask for an inspection (国办发〔2024〕54号): it asks for the plan.
    code = await committee.refused(
        "SubmitInspectionDemand", **demand(premises, "committee.wish", 30)
    )
    assert code == "FORBIDDEN"
    requested = await committee.act(
        "RequestJointPlan",
        firstDay=FIRST_DAY.isoformat(),
        lastDay=LAST_DAY.isoformat(),
        iterations=20,
        seed=7,
    )

    # Whoever asked can watch the planner at work.
    progress = await committee.watch("JobProgress", job=requested["job"]["id"])
    assert progress[-1]["state"] == "DONE"

    # One visit serves all three, and no plan could have done with fewer.
    plan = await committee.ask("JointPlan", id=requested["plan"]["id"])
    assert (plan["state"], plan["failure"], plan["unserved"]) == ("SOLVED", None, [])
    assert plan["certificate"]["visits"] == plan["certificate"]["visitsLowerBound"] == 1
    assert (plan["burden"]["jointVisits"], plan["burden"]["separateVisits"]) == (1, 3)
    (edge,) = plan["visits"]["edges"]
    visit = edge["node"]
    assert len(visit["demands"]) == 3
    assert len(visit["officerIds"]) >= 2

    # Nothing is announced before the lead body, the one with most to do, has approved.
    given = {"planId": plan["id"]}
    assert await emergency.refused("PublishJointPlan", **given) == "CONFLICT"
    assert (await town.ask("EnterpriseCalendar", enterprise=enterprise))["totalCount"] == 0
    await emergency.act("ApproveJointPlan", **given)
    published = await emergency.act("PublishJointPlan", **given)
    assert published["plan"]["state"] == "PUBLISHED"

    # The enterprise's calendar shows one visit with its code, which demands it merges, and why.
    calendar = await town.ask("EnterpriseCalendar", enterprise=enterprise)
    (entry,) = [edge["node"] for edge in calendar["edges"]]
    assert FIRST_DAY.isoformat() <= entry["day"] <= LAST_DAY.isoformat()
    assert entry["code"]
    assert len(entry["demands"]) == 3
    file = await town.ask("EnterpriseCalendarFile", enterprise=enterprise)
    assert file.count("BEGIN:VEVENT") == 1

    # The visit counts once against the yearly cap of all bodies together.
    year = int(entry["day"][:4])
    ledger = await town.ask("FrequencyBudgets", enterprise=enterprise, year=year)
    (total,) = [line for line in ledger if line["bodyId"] is None]
    assert (total["reserved"], total["used"]) == (1, 0)
    assert total["reserved"] <= total["cap"]

    # The lead body gives the visit up: premises, officers and caps are free again.
    await emergency.act("ReleaseJointVisit", visitId=entry["id"], reason="企业停业装修")
    assert (await town.ask("EnterpriseCalendar", enterprise=enterprise))["totalCount"] == 0
    ledger = await town.ask("FrequencyBudgets", enterprise=enterprise, year=year)
    assert {(line["reserved"], line["used"]) for line in ledger} == {(0, 0)}
