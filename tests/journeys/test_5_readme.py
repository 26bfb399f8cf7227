"""The README's tour, block by block as it is printed, with the ids filled in as a reader would."""

import base64
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.clock import legal_day, now

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```graphql\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
FIRST_DAY = legal_day(now()) + timedelta(days=320)
DATES = {
    "2027-09-01": FIRST_DAY.isoformat(),
    "2027-09-28": (FIRST_DAY + timedelta(days=27)).isoformat(),
}
"""A free month in the place of the printed one, which will have passed some day."""


def block(field: str) -> str:
    """The printed block that asks for a field."""
    (found,) = [text for text in BLOCKS if f"{field}(" in text]
    for printed, day in DATES.items():
        found = found.replace(printed, day)
    return str(found)


async def say(caller: Any, text: str, *ids: str) -> Any:
    """Send a document with the ids in the place of its dots; its first field, without refusals."""
    for identity in ids:
        text = text.replace('"…"', f'"{identity}"', 1)
    assert "…" not in text
    response = await caller.http.post("/graphql", json={"query": text}, headers=caller.headers)
    answer = response.json()
    assert "errors" not in answer, answer
    field = next(iter(answer["data"].values()))
    assert isinstance(field, dict)
    assert not field.get("errors"), field
    return field


async def test_the_photo_of_the_readme_is_sealed(sign_in: Any, eventually: Any) -> None:
    inspector = await sign_in("inspector")
    (printed,) = re.findall(r"^echo (\S+) \| base64 -d", README, re.MULTILINE)

    begun = await say(inspector, block("beginEvidenceUpload"))
    (part,) = begun["upload"]["requests"]
    async with httpx2.AsyncClient() as phone:
        sent = await phone.put(
            part["url"],
            content=base64.b64decode(printed),
            headers={header["name"]: header["value"] for header in part["headers"]},
        )
    evidence = begun["evidence"]["id"]
    await say(inspector, block("completeEvidenceUpload"), evidence)

    async def sealed() -> bool:
        found = await say(inspector, block("evidence"), evidence)
        return bool(found["state"] == "SEALED")

    assert sent.status_code == 200
    assert await eventually(sealed)


async def test_the_proposal_of_the_readme_reaches_the_public_list(
    public: Any, sign_in: Any, eventually: Any
) -> None:
    town, emergency = await sign_in("town-admin"), await sign_in("emergency")
    today = legal_day(now()).isoformat()
    me = await say(emergency, "{ me { body { id } } }")
    found = await say(town, "{ enterprises { edges { node { id name premises { id } } } } }")
    enterprise = found["edges"][0]["node"]["id"]

    proposed = await say(town, block("proposeBlacklisting"), enterprise, me["body"]["id"])
    case = {"caseId": proposed["blacklistCase"]["id"]}
    await emergency.act("ClassifyBlacklisting", publication="SERIOUS_DISHONESTY", **case)
    await emergency.act("ServeBlacklistNotice", delivery="IN_PERSON", servedOn=today, **case)
    await emergency.act("RecordBlacklistDefence", waived=True, **case)
    await say(emergency, block("decideBlacklisting"), case["caseId"])
    served = await emergency.act(
        "ServeBlacklistDecision", delivery="IN_PERSON", servedOn=today, **case
    )

    async def listed() -> bool:
        found = await say(public, block("publicBlacklist"))
        entries = {edge["node"]["entryId"] for edge in found["edges"]}
        return served["blacklistCase"]["publicEntryId"] in entries

    assert await eventually(listed)


async def test_the_demands_of_the_readme_become_one_visit(sign_in: Any) -> None:
    town, committee = await sign_in("town-admin"), await sign_in("committee")
    emergency, commerce = await sign_in("emergency"), await sign_in("commerce")
    found = await town.ask("Enterprises")
    enterprise = next(e["node"] for e in found["edges"] if e["node"]["premises"])
    premises = enterprise["premises"][0]["id"]

    for body in (emergency, commerce, town):
        await say(body, block("submitInspectionDemand"), premises)
    requested = await say(committee, block("requestJointPlan"))
    await committee.watch("JobProgress", job=requested["job"]["id"])
    plan = await say(committee, block("jointPlan"), requested["plan"]["id"])

    assert plan["state"] == "SOLVED"
    assert plan["burden"]["jointVisits"] == plan["certificate"]["visitsLowerBound"] == 1
    calendar = await say(town, block("enterpriseCalendar"), enterprise["id"])
    assert calendar["edges"] == [] or calendar["edges"][0]["node"]["code"]
