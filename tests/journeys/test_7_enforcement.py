"""Enforcement, told by its people: a visit with a code, an order, a second visit; and a case.

The town's officers come with a code that anybody can check, order what is to be put right and
come again.  The department that may penalise takes a case to its decision, whose paper the
public can verify.
"""

from datetime import timedelta
from typing import Any

import pytest

from service.clock import legal_day, now

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

TODAY = legal_day(now())
ACT = "占用、堵塞疏散通道，经责令限期整改逾期未改"


async def shop_of(enterprise: Any) -> dict[str, Any]:
    """The enterprise of the caller."""
    found = await enterprise.ask("Enterprises")
    shop: dict[str, Any] = found["edges"][0]["node"]
    return shop


async def two_officers(body: Any) -> list[str]:
    """Two officers whose cards hold today, of the body's own line before others."""
    me = await body.ask("Me")
    found = await body.ask("Officers", certifiedOn=TODAY.isoformat())
    officers = [edge["node"] for edge in found["edges"]]
    officers.sort(key=lambda one: me["body"]["line"] not in one["skills"])
    return [one["id"] for one in officers[:2]]


async def test_a_visit_from_its_task_to_the_closed_loop(sign_in: Any) -> None:
    inspector, head = await sign_in("inspector"), await sign_in("town-admin")
    enterprise = await sign_in("enterprise")
    shop, team = await shop_of(enterprise), await two_officers(inspector)

    # Whoever plans does not approve; only then is there a code.
    planned = await inspector.act(
        "PlanInspection",
        premisesId=shop["premises"][0]["id"],
        kind="ROUTINE",
        items=["fire.exit", "fire.extinguisher"],
        basis="年度执法检查计划",
        plannedOn=TODAY.isoformat(),
    )
    visit = {"inspectionId": planned["inspection"]["id"]}
    assert await inspector.refused("ApproveInspection", **visit) == "FORBIDDEN"
    await head.act("ApproveInspection", **visit)
    await inspector.act("IssueEnforcementCode", **visit)

    # At the door the shop checks the code before it lets anybody in.
    shown = await inspector.ask("EnforcementCode", inspection=visit["inspectionId"])
    checked = await enterprise.ask("VerifyEnforcementCode", code=shown["code"])
    assert (checked["verdict"], checked["mayRefuse"]) == ("VALID", False)

    # One officer alone does not inspect.
    alone = await inspector.refused("CheckInToInspection", officerIds=team[:1], **visit)
    assert alone == "TEAM_TOO_SMALL"
    await inspector.act("CheckInToInspection", officerIds=team, place="店门口", **visit)
    await inspector.act(
        "RecordInspectionChecks",
        entries=[
            {
                "item": "fire.exit",
                "result": "NOT_COMPLIANT",
                "note": "疏散通道堆放货物",
                "hazardCategory": "FIRE",
            },
            {"item": "fire.extinguisher", "result": "COMPLIANT"},
        ],
        **visit,
    )
    await inspector.act(
        "SignInspectionRecord",
        findings="疏散通道堆放货物",
        handling="责令限期整改",
        signature="SIGNED",
        signedBy="店长",
        **visit,
    )
    ordered = await inspector.act(
        "OrderRectification", measures="清理疏散通道", until=TODAY.isoformat(), **visit
    )
    assert ordered["inspection"]["state"] == "RECTIFY_ORDERED"
    again = await inspector.act(
        "RecordReinspection", passed=True, finding="已清理", officerIds=team, **visit
    )
    assert again["inspection"]["state"] == "CLOSED"


async def test_a_case_to_its_decision_that_anybody_verifies(
    sign_in: Any, public: Any, eventually: Any
) -> None:
    body, lawyer = await sign_in("emergency"), await sign_in("emergency-legal")
    enterprise = await sign_in("enterprise")
    shop, team = await shop_of(enterprise), await two_officers(body)
    penalty = {"kinds": ["FINE"], "fine": "1000000"}

    filed = await body.act(
        "FileCase",
        number="演立〔journey〕1号",
        item="fire.exit.journey",
        act=ACT,
        basis="《中华人民共和国消防法》第二十八条",
        beganOn=(TODAY - timedelta(days=3)).isoformat(),
        foundOn=TODAY.isoformat(),
        premisesId=shop["premises"][0]["id"],
    )
    case = {"caseId": filed["case"]["id"]}
    await body.act("AssignInvestigators", officerIds=team, **case)
    await body.act("SubmitForLegalReview", findings="事实查明", **penalty, **case)

    # Whoever investigated does not review (行政处罚法 art. 58).
    own = await body.refused("ReviewCase", passed=True, opinion="同意", **case)
    assert own == "SAME_PERSON"
    await lawyer.act("ReviewCase", passed=True, opinion="同意", **case)
    await body.act("ServePenaltyNotice", delivery="IN_PERSON", servedOn=str(TODAY), **case)

    # The party is heard before anything is decided, and never punished for it (art. 45).
    early = await lawyer.refused("DecideCase", number="演罚〔journey〕1号", **penalty, **case)
    assert early != ""
    await enterprise.act("SubmitDefence", text="已整改，请从轻", **case)
    await body.act("AnswerDefence", text="已考虑", **case)
    decided = await lawyer.act("DecideCase", number="演罚〔journey〕1号", **penalty, **case)
    assert decided["case"]["state"] == "DECIDED"

    # The decision is a paper with a number of its own; a worker typesets it for the party.
    async def rendered() -> Any:
        found = await enterprise.ask("DocumentsOf", subject=case["caseId"], first=20)
        papers = [edge["node"] for edge in found["edges"]]
        return [p for p in papers if p["kind"] == "PENALTY_DECISION" and p["downloadUrl"]]

    (decision,) = await eventually(rendered)
    paper = await public.http.get(decision["downloadUrl"])
    assert paper.content.startswith(b"%PDF-")

    # Whoever holds it can ask whether it is real, without an account.
    page = await public.http.get(decision["verifyUrl"])
    assert page.status_code == 200
    assert decision["number"] in page.text
