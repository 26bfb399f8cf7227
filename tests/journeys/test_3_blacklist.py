"""Job two, the list: a town proposes, the body that penalised decides, anybody can check.

No town and no committee puts anybody on the list; whoever decided the penalty does
(应急管理部令第11号 art. 4).  What is published can be verified by a stranger, and what was
published wrongly is gone from sight, while the log still proves that it stood there.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.clock import legal_day, now

pytestmark = pytest.mark.timeout(300)  # the first of them seeds a district

ROOT = Path(__file__).resolve().parents[2]
DISTRICT = "500112"
NAME = "示例烟花爆竹批发有限公司"
PHONE = "13900000000"


async def check_from_outside(feed: str, key: str, memory: Path) -> str:
    """What the stand-alone verifier says about a feed; it remembers what it saw in `memory`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "service" / "publication" / "verifier.py"),
        *(feed, "--key", key, "--state", str(memory)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return "ok" if process.returncode == 0 else output.decode()


async def listed(public: Any, **given: Any) -> dict[str, Any]:
    """All entries of the public list, page by page."""
    entries: dict[str, Any] = {}
    after = None
    while True:
        page = await public.ask("PublicBlacklist", district=DISTRICT, after=after, **given)
        entries |= {edge["node"]["entryId"]: edge["node"] for edge in page["edges"]}
        if not page["pageInfo"]["hasNextPage"]:
            return entries
        after = page["pageInfo"]["endCursor"]


async def proposed(town: Any, department: Any, credit_code: str) -> dict[str, Any]:
    """A town's proposal to list a company that the department has penalised."""
    number = credit_code[-4:-1]
    body = (await department.ask("Me"))["body"]
    enterprise = await town.act("EnrolEnterprise", name=NAME, creditCode=credit_code, risk="RED")
    payload = await town.act(
        "ProposeBlacklisting",
        enterpriseId=enterprise["enterprise"]["id"],
        decidingBodyId=body["id"],
        publication="SERIOUS_DISHONESTY",
        cause="拒不整改重大事故隐患",
        basis="中华人民共和国安全生产法第一百零二条",
        penaltyNumber=f"示应急罚〔2026〕{number}号",
        penaltyDecidedOn=legal_day(now()).isoformat(),
        partyKind="ORGANISATION",
        party={"phone": PHONE},
    )
    case: dict[str, Any] = payload["blacklistCase"]
    return case


async def test_from_the_proposal_to_the_public_log_and_out_of_it_again(
    public: Any, sign_in: Any, eventually: Any, tmp_path: Path
) -> None:
    town, department = await sign_in("town-admin"), await sign_in("emergency")
    today = legal_day(now()).isoformat()

    # The town proposes, and may do no more.
    case = await proposed(town, department, "91990112MAJ00001X4")
    assert case["state"] == "PROPOSED"
    given = {"caseId": case["id"]}
    assert (
        await town.refused("ClassifyBlacklisting", publication="SERIOUS_DISHONESTY", **given)
        == "FORBIDDEN"
    )

    # The deciding body takes it up and serves notice of reasons, basis and rights.
    await department.act("ClassifyBlacklisting", publication="SERIOUS_DISHONESTY", **given)
    noticed = await department.act(
        "ServeBlacklistNotice", delivery="IN_PERSON", servedOn=today, **given
    )
    # Null while the holidays of the coming year are not published yet.
    assert (noticed["blacklistCase"]["defenceUntil"] or "9") > today

    # It may not decide while the party may still defend itself, unless the party waives that.
    decision = {"decisionNumber": "示应急失信〔2026〕11号", **given}
    assert await department.refused("DecideBlacklisting", **decision) == "DEFENCE_STILL_OPEN"
    await department.act("RecordBlacklistDefence", waived=True, **given)
    await department.act("DecideBlacklisting", **decision)
    served = await department.act(
        "ServeBlacklistDecision", delivery="IN_PERSON", servedOn=today, **given
    )
    assert served["blacklistCase"]["state"] == "SERVED"

    # Workers publish it: the case learns its place in the public log.
    async def logged() -> Any:
        found = await department.ask("BlacklistCase", id=case["id"])
        return found if found["leafIndex"] is not None else None

    published = await eventually(logged)
    assert published["state"] == "PUBLISHED"
    seen_at = datetime.now(UTC)

    # Anybody sees the entry, redacted: the name of the company, never its telephone.
    entry = (await listed(public))[case["publicEntryId"]]
    assert NAME in {field["value"] for field in entry["fields"]}
    assert NAME not in entry["leaf"]
    log = await public.ask("PublicLog", district=DISTRICT)
    page = await public.http.get(f"/feed/{DISTRICT}/index.html")
    assert NAME in page.text
    assert PHONE not in page.text

    # A stranger checks the whole feed with one file of Python and the log's key.
    memory = tmp_path / "seen.json"
    assert await check_from_outside(log["feedUrl"], log["verifierKey"], memory) == "ok"

    # The penalty is annulled: the entry is withdrawn (行政处罚法 art. 48) and the name is gone.
    await department.act("WithdrawBlacklisting", reason="处罚决定被依法撤销", **given)

    async def gone() -> bool:
        return case["publicEntryId"] not in await listed(public)

    await eventually(gone)
    for file in ("index.html", "feed.atom", "changes.jsonl"):
        answer = await public.http.get(f"/feed/{DISTRICT}/{file}")
        assert answer.status_code == 200
        assert NAME not in answer.text

    # The log still answers what was public before, without the name, and nothing was rewritten.
    before = await listed(public, asOf=seen_at.isoformat())
    assert before[case["publicEntryId"]]["fields"] == []
    assert await check_from_outside(log["feedUrl"], log["verifierKey"], memory) == "ok"


async def test_another_department_cannot_decide_what_it_did_not_penalise(sign_in: Any) -> None:
    town, department = await sign_in("town-admin"), await sign_in("emergency")
    other = await sign_in("commerce")
    case = await proposed(town, department, "91990112MAJ0000284")

    code = await other.refused(
        "ClassifyBlacklisting", caseId=case["id"], publication="SERIOUS_DISHONESTY"
    )

    assert code == "NOT_DECIDING_BODY"
    found = await department.ask("BlacklistCase", id=case["id"])
    assert found["state"] == "PROPOSED"


async def test_the_committee_sees_where_a_case_stands_and_not_whom_it_concerns(
    sign_in: Any,
) -> None:
    town, department = await sign_in("town-admin"), await sign_in("emergency")
    committee = await sign_in("committee")
    case = await proposed(town, department, "91990112MAJ000036Y")

    found = await committee.ask("BlacklistCase", id=case["id"])

    assert found["state"] == "PROPOSED"
    assert (found["partyName"], found["cause"]) == (None, None)
