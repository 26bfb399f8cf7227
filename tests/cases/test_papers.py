"""Documents of a case: one at each step, the contents of the law, and what the public may check."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from strawberry.relay import to_base64

from service.cases import decisions, defence
from service.cases.queries import completeness_of
from service.cases.records import PenaltyCase
from service.cases.rules import State
from service.documents import commands as documents
from service.documents.records import Document
from service.documents.rendering import render
from service.errors import Invalid
from service.identity.rate_limit import limiter
from tenants.wall import tenant_transaction
from tests.cases.conftest import LARGE, SMALL, Court, called
from tests.cases.test_api import Clerk
from tests.conftest import Execute
from tests.inspections.conftest import HEAD, TODAY


async def papers_of(court: Court, case: PenaltyCase) -> list[Document]:
    """The documents of a case, oldest first."""
    async with tenant_transaction(court.world.towns[court.town].scope(), read_only=True):
        return await Document.filter(subject_id=case.id).order_by("issued_at", "id")


async def lacking(court: Court, case: PenaltyCase) -> list[str]:
    """What the file of a case lacks."""
    case = await court.reload_case(case)
    async with tenant_transaction(court.world.towns[court.town].scope(), read_only=True):
        return [piece.value for piece in (await completeness_of([case]))[case.id].missing]


async def test_every_step_of_a_case_leaves_its_paper(court: Court) -> None:
    case = await court.at(State.CLOSED)

    made = await papers_of(court, case)
    assert [one.kind for one in made] == [
        "CASE_FILING", "PENALTY_NOTICE", "SERVICE_RECEIPT", "PENALTY_DECISION", "SERVICE_RECEIPT",
        "CLOSING_REPORT",
    ]  # fmt: skip
    assert len({one.number for one in made}) == 6
    filing, notice, first, decision, second, closing = (one.content for one in made)
    assert filing["facts"] == case.act
    assert notice["proposed_penalty"] == "罚款人民币10000.00元"
    assert notice["hearing"] is False
    assert notice["contact"] == made[1].issuer
    assert first["documents"] == [f"行政处罚告知书 {made[1].number}"]
    assert second["documents"] == [f"行政处罚决定书 {made[3].number}"]
    assert (first["method"], first["note"]) == ("直接送达", f"送达日期：{TODAY}")
    assert closing["result"] == decision["penalty"] == "罚款人民币10000.00元"
    assert closing["execution"] == "罚款缴清"


async def test_the_decision_has_the_six_contents_of_article_59(court: Court) -> None:
    case = await court.at(State.DEFENCE)
    await court.do(defence.answer_defence, court.body, case.id, "申辩部分成立")
    decided = await court.do(
        decisions.decide,
        court.body,
        case.id,
        decisions.Decision("", SMALL, basis="《中华人民共和国消防法》第六十条"),
        actor=HEAD,
    )

    paper = (await papers_of(court, case))[-1]
    said = paper.content
    assert decided.decision_number == paper.number
    assert (said["party"], said["party_address"]) == (court.shop.name, "某路1号")
    assert (said["facts"], said["evidence"]) == (case.act, ["调查终结报告"])
    assert said["basis"] == "《中华人民共和国消防法》第六十条"
    assert said["penalty"] == "罚款人民币10000.00元"
    assert said["performance"].startswith("自收到本决定书之日起15日内到指定银行")
    assert "每日按罚款数额的3%加处罚款" in said["performance"]
    assert "60日内" in said["remedies"]
    assert "6个月内" in said["remedies"]
    assert said["decided_on"] == str(TODAY)
    assert said["defence"] == f"{TODAY}: 已整改\n复核意见：申辩部分成立"


async def test_a_hearing_called_anew_replaces_its_notice(court: Court) -> None:
    case = await court.at(State.HEARING, LARGE)
    later = called(TODAY + timedelta(days=30))
    await court.do(defence.call_hearing, court.body, case.id, later)

    made = [one for one in await papers_of(court, case) if one.kind == "HEARING_NOTICE"]
    assert [(one.version, one.standing) for one in made] == [(1, "SUPERSEDED"), (2, "VALID")]
    assert made[0].number == made[1].number
    assert made[1].content["chair"] == "郑主持"
    assert made[1].content["held_at"] == later.at.isoformat()


async def test_no_investigator_chairs_and_nothing_is_issued(court: Court) -> None:
    case = await court.at(State.HEARING_ASKED, LARGE)
    before = await papers_of(court, case)
    own = replace(called(TODAY + timedelta(days=30)), chair="执法员0")

    with pytest.raises(Invalid):
        await court.do(defence.call_hearing, court.body, case.id, own)

    assert len(await papers_of(court, case)) == len(before)
    assert (await court.reload_case(case)).state == "HEARING_ASKED"


async def test_an_annulled_decision_is_void_in_public(court: Court) -> None:
    case = await court.at(State.PUBLISHED)
    await court.do(decisions.annul, court.body, case.id, "复议撤销")

    (decision,) = [one for one in await papers_of(court, case) if one.kind == "PENALTY_DECISION"]
    assert (decision.standing, decision.void_reason) == ("VOIDED", "复议撤销")
    assert "DECISION" not in await lacking(court, case)


async def test_a_void_paper_is_lacking_in_the_file(court: Court) -> None:
    case = await court.at(State.SERVED)
    assert await lacking(court, case) == ["EVIDENCE"]
    notice = next(one for one in await papers_of(court, case) if one.kind == "PENALTY_NOTICE")

    await court.do(documents.void, notice.id, "印制有误")

    assert await lacking(court, case) == ["EVIDENCE", "NOTICE"]


async def test_a_case_on_the_spot_has_decision_and_receipt(court: Court) -> None:
    case = await court.file()
    small = replace(SMALL, fine_fen=100_000)
    await court.do(
        decisions.decide_on_spot, court.body, case.id, decisions.Decision("", small), court.officers
    )

    made = await papers_of(court, case)
    assert [one.kind for one in made] == ["PENALTY_DECISION", "SERVICE_RECEIPT"]
    assert await lacking(court, case) == []


async def test_a_letter_goes_with_a_case_that_is_handed_over(court: Court) -> None:
    case = await court.at(State.TRANSFERRED)

    letter = (await papers_of(court, case))[-1]
    assert letter.kind == "TRANSFER_LETTER"
    assert letter.content["recipient"] == "fire执法机构"
    assert letter.content["basis"] == "安全生产法 (2021) art. 69"
    assert await lacking(court, case) == []


async def test_every_paper_becomes_a_file_that_the_public_can_check(court: Court) -> None:
    from api import verify
    from api.app import create_app
    from service.identity.queries import authenticate

    heard = await court.at(State.HEARD, LARGE)
    closed, handed = await court.at(State.CLOSED), await court.at(State.TRANSFERRED)
    scope = court.world.towns[0].scope()
    made = {
        one.kind: one
        for case in (heard, closed, handed)
        for one in await papers_of(court, case)
        if one.standing == "VALID"
    }
    assert len(made) == 7
    for one in made.values():
        assert await render(scope, one.id) == "RENDERED"

    await limiter().forget(verify.ADDRESS, "127.0.0.1")
    transport = httpx2.ASGITransport(create_app(authenticate))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        for one in made.values():
            page = await client.get(f"/verify/{one.verify_code}")
            assert (page.status_code, "有效" in page.text) == (200, True)
            assert one.number in page.text
            assert court.shop.name not in page.text
    fresh = [row for case in (heard, closed, handed) for row in await papers_of(court, case)]
    assert not any(row.fell_back for row in fresh)


PAPERS = """query($id: ID!) { node(id: $id) { ... on PenaltyCase { documents(first: 20) {
  totalCount edges { node { kind number verifyUrl } } } } } }"""


async def test_an_enterprise_reads_what_was_meant_for_it(court: Court, execute: Execute) -> None:
    case, clerk = await court.at(State.CLOSED), Clerk(court, execute)
    given = {"id": to_base64("PenaltyCase", str(case.id))}

    own = await execute(clerk.party, PAPERS, given)
    all_of_it = await execute(clerk.inspector, PAPERS, given)

    def kinds(answer: dict) -> list[str]:  # type: ignore[type-arg]
        page = answer["data"]["node"]["documents"]
        assert page["totalCount"] == len(page["edges"])
        return [edge["node"]["kind"] for edge in page["edges"]]

    assert kinds(own) == [
        "SERVICE_RECEIPT", "PENALTY_DECISION", "SERVICE_RECEIPT", "PENALTY_NOTICE",
    ]  # fmt: skip
    assert len(kinds(all_of_it)) == 6
