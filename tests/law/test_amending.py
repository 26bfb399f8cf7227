"""An operator amends the law for days to come; an update of the product leaves that alone."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from service import clock
from service.errors import Conflict, Invalid, NotFound
from service.law import commands, queries
from service.law.commands import Amendment
from service.law.records import LawAmendment, LawRule
from service.law.rules import RuleBook
from tenants.principal import PUBLIC
from tenants.scope import Scope
from tenants.wall import tenant_transaction
from tests.conftest import Execute

PLATFORM = Scope.of_platform("test")
TODAY = date(2026, 11, 25)
FROM = TODAY + timedelta(days=30)
NEW = Amendment(FROM, 60, "", "art. 60", "行政处罚法 (2027)", True)


@pytest.fixture(autouse=True)
async def clean(database: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 25, 2, tzinfo=UTC))
    yield
    async with tenant_transaction(PLATFORM):
        await LawRule.filter(amended=True, valid_from=FROM).delete()
        await LawRule.filter(amended=True).update(amended=False)
        await commands.import_shipped()


async def amend(rule: str = "DECIDE", topic: str = "", new: Amendment = NEW) -> LawRule:
    async with tenant_transaction(PLATFORM):
        return await commands.amend(rule, topic, new, by="operator:test", reason="新法施行")


async def book() -> RuleBook:
    async with tenant_transaction(PLATFORM, read_only=True):
        return await queries.rule_book()


async def test_an_amendment_governs_from_its_day_and_not_before() -> None:
    await amend()

    law = await book()
    assert law.rule("DECIDE", FROM - timedelta(days=1)).number == 90
    assert law.rule("DECIDE", FROM).number == 60
    assert law.rule("DECIDE", FROM).citation == "行政处罚法 art. 60"


async def test_an_update_of_the_product_leaves_amended_rules_alone() -> None:
    await amend()
    async with tenant_transaction(PLATFORM):
        await commands.confirm(
            "LIST_ENTRY", "", date(2023, 10, 1), by="operator:test", reason="核对原文"
        )
        assert await commands.import_shipped() == 0

    law = await book()
    assert law.rule("DECIDE", FROM).number == 60
    assert law.rule("LIST_ENTRY", TODAY).confirmed


async def test_every_change_is_kept_with_who_when_and_why(execute: Execute) -> None:
    async with tenant_transaction(PLATFORM, read_only=True):
        before = await LawAmendment.filter(rule="DECIDE").count()
    await amend()

    async with tenant_transaction(PLATFORM, read_only=True):
        noted = (await queries.amendments(["DECIDE"]))["DECIDE"]
    assert len(noted) == before + 1
    assert (noted[-1].amended_by, noted[-1].reason) == ("operator:test", "新法施行")
    assert (noted[-1].before["amount"], noted[-1].after["amount"]) == (90, 60)
    with pytest.raises(OperationalError, match="permission denied"):
        async with tenant_transaction(PLATFORM):
            await LawAmendment.filter(rule="DECIDE").delete()


@pytest.mark.parametrize(
    ("rule", "new", "refusal"),
    [
        ("DECIDE", Amendment(TODAY, 60, "", "a", "s", True), Invalid),
        ("DECIDE", Amendment(date(2022, 1, 1), 60, "", "a", "s", True), Invalid),
        ("DECIDE", Amendment(FROM, None, "x", "a", "s", True), Invalid),
        ("DECIDE", Amendment(FROM, -1, "", "a", "s", True), Invalid),
        ("DECIDE", Amendment(FROM, 60, "", " ", "s", True), Invalid),
        ("NO_SUCH", NEW, NotFound),
    ],
)
async def test_the_past_and_nonsense_are_refused(
    rule: str, new: Amendment, refusal: type[Exception]
) -> None:
    before = await book()

    with pytest.raises(refusal):
        await amend(rule, new=new)

    assert set((await book()).rules) == set(before.rules)


async def test_the_same_day_is_amended_once() -> None:
    await amend()
    with pytest.raises(Conflict):
        await amend()


RULES = """query($id: String, $on: Date) { lawRules(id: $id, on: $on) {
  rule topic amount unit article source validFrom validTo confirmed amended
  changes { act amendedBy reason before after } } }"""
YEAR = "query($y: Int!) { workingDayCalendar(year: $y) { published source workingDays days { day working name } } }"  # noqa: E501


async def test_the_law_is_public(execute: Execute) -> None:
    await amend()
    answer = await execute(PUBLIC, RULES, {"id": "DECIDE", "on": str(FROM)})

    assert answer["errors"] == []
    (one,) = answer["data"]["lawRules"]
    assert (one["amount"], one["unit"], one["confirmed"], one["amended"]) == (
        60, "CALENDAR_DAYS", True, True,
    )  # fmt: skip
    assert one["changes"][-1]["reason"] == "新法施行"
    assert one["changes"][-1]["amendedBy"] is None
    whole = await execute(PUBLIC, "{ lawRules { rule } }")
    assert len(whole["data"]["lawRules"]) > 80


async def test_a_year_that_is_not_published_is_said_to_be_unknown(execute: Execute) -> None:
    async def year(number: int) -> Any:
        answer = await execute(PUBLIC, YEAR, {"y": number})
        return answer["data"]["workingDayCalendar"]

    assert await year(2031) == {
        "published": False, "source": None, "workingDays": None, "days": [],
    }  # fmt: skip
    known = await year(2025)
    assert known["published"]
    assert known["workingDays"] == 248
    assert {"day": "2025-10-01", "working": False} in [
        {k: one[k] for k in ("day", "working")} for one in known["days"]
    ]


async def test_the_command_line_amends_shows_and_refuses(database: None) -> None:
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    said = {"--article": "art. 8", "--source": "应急条例 (2027)", "--why": "修订", "--by": "甲"}
    options = [word for pair in said.items() for word in pair]
    try:
        code, out = await anshang("law", "amend", "DRILL_TOWN", "--from", day, "--amount", "1",
                                  *options)  # fmt: skip
        assert (code, "DRILL_TOWN" in out, day in out) == (0, True, True)
        code, out = await anshang("law", "show", "DRILL_TOWN")
        assert (code, "operator:甲 APPEND" in out, "(amended)" in out) == (0, True, True)
        code, out = await anshang("law", "amend", "DRILL_TOWN", "--from", "2020-01-01",
                                  "--amount", "1", *options)  # fmt: skip
        assert code != 0
        assert "future day" in out
        code, out = await anshang("law", "list", "--unconfirmed")
        assert (code, "LIST_ENTRY" in out, "PUB_PENALTY" in out) == (0, True, False)
    finally:
        async with tenant_transaction(PLATFORM):
            await LawRule.filter(rule="DRILL_TOWN", valid_from=date.fromisoformat(day)).delete()


async def anshang(*words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from infra.cli import main; raise SystemExit(main())", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_a_table_of_discretion_begins_with_its_first_row() -> None:
    new = replace(NEW, amount=500_000)
    with pytest.raises(NotFound):
        await amend("DECIDE", "nothing", new)

    await amend("DISCRETION_LEAST", "fire.exit/GENERAL", new)

    async with tenant_transaction(Scope.of_platform("test"), read_only=True):
        row = await LawRule.get(rule="DISCRETION_LEAST")
    assert (row.topic, row.amount, row.unit, row.valid_from) == (
        "fire.exit/GENERAL", 500_000, "FEN", NEW.valid_from,
    )  # fmt: skip
    with pytest.raises(Conflict):
        await amend("DISCRETION_LEAST", "fire.exit/GENERAL", new)
