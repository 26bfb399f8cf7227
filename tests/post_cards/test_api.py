"""Cards through the schema: the enterprise writes, officers check, the committee counts."""

from dataclasses import replace
from typing import Any

from strawberry.relay import to_base64

from service.post_cards.rules import CardKind
from tenants.principal import PUBLIC
from tenants.rights import Role
from tests.conftest import Execute
from tests.hazards.conftest import member, open_shop
from tests.post_cards.conftest import QUIZ, Shop

WRITE = """mutation($input: WritePostCardInput!) { writePostCard(input: $input) {
  card { id kind number lines passMark post { name } questions { text choices } }
  errors { code path } } }"""
ISSUE = """mutation($input: IssuePostCardInput!) { issuePostCard(input: $input) {
  card { issues { id holder signedOn } } errors { code } } }"""
QUIZZED = """mutation($input: TakeCardQuizInput!) { takeCardQuiz(input: $input) {
  check { score passed } errors { code path } } }"""
RECORD = """mutation($input: RecordCardCheckInput!) { recordCardCheck(input: $input) {
  check { kind passed note } errors { code } } }"""
LIST = """{ postCards { totalCount edges { node { post { name } issues { holder
  checks { kind passed } } } } } }"""
COUNTS = """{ postCardCounts(since: "2026-03-01") { town { name }
  postCoverage { numerator denominator value } understood { numerator denominator value }
  byKind { kind understood { numerator denominator } } } }"""


async def test_the_enterprise_writes_and_asks_the_inspector_hears_and_others_look(
    shop: Shop, execute: Execute
) -> None:
    world = shop.world
    post = await shop.post()
    party = member(world, Role.ENTERPRISE, "account:p", enterprise_id=shop.premises.enterprise_id)
    other = await open_shop(world, 0, "安商乙店")
    stranger = replace(party, enterprise_id=other.enterprise_id)
    inspector = member(world, Role.INSPECTOR, "account:i")
    given: dict[str, Any] = {
        "postId": to_base64("StaffPost", str(post.id)),
        "kind": "EMERGENCY_CARD",
        "lines": ["先报警"],
        "questions": [
            {"text": one.text, "choices": list(one.choices), "answer": one.answer} for one in QUIZ
        ],
    }

    refused = [await execute(who, WRITE, {"input": given}) for who in (stranger, inspector)]
    made = (await execute(party, WRITE, {"input": given}))["data"]["writePostCard"]
    issued = await execute(
        party, ISSUE, {"input": {"cardId": made["card"]["id"], "holders": ["周示例"]}}
    )
    (held,) = issued["data"]["issuePostCard"]["card"]["issues"]
    answered = await execute(
        party, QUIZZED, {"input": {"issueId": held["id"], "answers": [1, 2, 2]}}
    )
    broken = await execute(party, QUIZZED, {"input": {"issueId": held["id"], "answers": [1]}})
    heard = {"issueId": held["id"], "kind": "ORAL", "passed": False, "note": "说不出电话"}
    recorded = await execute(inspector, RECORD, {"input": heard})
    seen = [
        (await execute(who, LIST))["data"]["postCards"]
        for who in (party, stranger, inspector, world.department())
    ]

    assert [one["data"]["writePostCard"]["errors"][0]["code"] for one in refused] == [
        "NOT_FOUND", "FORBIDDEN",
    ]  # fmt: skip
    assert made["errors"] == []
    assert (made["card"]["number"], made["card"]["passMark"]) == (1, 80)
    assert answered["data"]["takeCardQuiz"]["check"] == {"score": 100, "passed": True}
    assert broken["data"]["takeCardQuiz"]["errors"] == [
        {"code": "INVALID", "path": ["input", "answers"]}
    ]
    assert recorded["data"]["recordCardCheck"]["errors"] == []
    assert [one["totalCount"] for one in seen] == [1, 0, 1, 1]
    (issue,) = seen[0]["edges"][0]["node"]["issues"]
    assert issue["checks"] == [
        {"kind": "QUIZ", "passed": True}, {"kind": "ORAL", "passed": False},
    ]  # fmt: skip


async def test_the_committee_gets_rates_and_no_card(shop: Shop, execute: Execute) -> None:
    post = await shop.post()
    for kind in CardKind:
        await shop.card(post, kind)
    office = shop.world.committee()

    counts = (await execute(office, COUNTS))["data"]["postCardCounts"][0]

    assert counts == {
        "town": {"name": "测试镇0"},
        "postCoverage": {"numerator": 1, "denominator": 1, "value": 1.0},
        "understood": {"numerator": 0, "denominator": 0, "value": None},
        "byKind": [],
    }
    for who in (office, PUBLIC):
        assert len((await execute(who, LIST))["errors"]) == 1
